import { describe, expect, it } from 'vitest';
import { usageError } from '#functions/cli/errors.ts';
import { explainCloudError } from '#functions/cli/target/cloud-error.ts';
import { CorruptRecordError } from '#functions/core/records/codec.ts';

function failed(message: string, code?: unknown): Error {
  return Object.assign(new Error(message), { code });
}

describe('explainCloudError', () => {
  it.each([
    [failed('no list permission', 403), 'Google Cloud refused: no list permission'],
    [failed('7 PERMISSION_DENIED', 7), 'Google Cloud refused: 7 PERMISSION_DENIED'],
    [failed('backend error', 503), 'the cloud request failed: backend error'],
    [failed('backend error', '503'), 'the cloud request failed: backend error'],
    [failed('14 UNAVAILABLE', 14), 'the cloud request failed: 14 UNAVAILABLE'],
    [failed('connect refused', 'ECONNREFUSED'), 'the cloud request failed: connect refused'],
    [failed('Could not load the default credentials. Browse'), 'gcloud auth application-default login'],
    [new CorruptRecordError('codex/1.json', 'not JSON'), 'a stored record cannot be read: codex/1.json: not JSON'],
  ])('explains %s with exit code 69', (error, message) => {
    expect(explainCloudError(error)).toMatchObject({
      exitCode: 69,
      message: expect.stringContaining(message),
      cause: error,
    });
  });

  it.each([
    [new TypeError('x is undefined')],
    [failed('invalid', 'ERR_INVALID_ARG_TYPE')],
    ['text'],
    [usageError('no')],
  ])('returns %s unchanged', (error) => {
    expect(explainCloudError(error)).toBe(error);
  });
});
