import { expect, it } from 'vitest';
import { isTransientStatus } from '#functions/core/values/http-status.ts';

it.each([408, 429, 500, 502, 503, 504, 520, 599])('isTransientStatus retries %i', (status) => {
  expect(isTransientStatus(status)).toBe(true);
});

it.each([200, 206, 304, 400, 401, 403, 404, 409, 410, 412, 416])('isTransientStatus gives up at %i', (status) => {
  expect(isTransientStatus(status)).toBe(false);
});
