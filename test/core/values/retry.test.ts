import { describe, expect, it } from 'vitest';
import { backoff, isTransientStatus } from '#functions/core/values/retry.ts';

const pauses = { first: 100, longest: 1_000 };

describe('backoff', () => {
  it('doubles the pause with each attempt, up to the longest', () => {
    expect([1, 2, 3, 4, 5, 99].map((attempt) => backoff(attempt, pauses))).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('takes attempt 0 for the first', () => {
    expect(backoff(0, pauses)).toBe(100);
  });

  it('spreads the pause between its half and all of it', () => {
    expect([0, 0.5, 1].map((random) => backoff(99, pauses, random))).toEqual([500, 750, 1_000]);
  });
});

describe('isTransientStatus', () => {
  it.each([408, 429, 500, 502, 503, 504, 520, 599])('retries %i', (status) => {
    expect(isTransientStatus(status)).toBe(true);
  });

  it.each([200, 206, 304, 400, 401, 403, 404, 409, 410, 412, 416])('gives up at %i', (status) => {
    expect(isTransientStatus(status)).toBe(false);
  });
});
