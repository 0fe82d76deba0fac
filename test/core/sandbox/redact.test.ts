import { describe, expect, it } from 'vitest';
import { redact } from '../../../functions/core/sandbox/redact.ts';

describe('redact', () => {
  it.each([
    [
      'https://storage.googleapis.com/b/o?X-Goog-Algorithm=GOOG4&X-Goog-Credential=me%40p&X-Goog-Date=1&X-Goog-Signature=00ff',
      'https://storage.googleapis.com/b/o?X-Goog-Algorithm=GOOG4&X-Goog-Credential=REDACTED&X-Goog-Date=1&X-Goog-Signature=REDACTED',
    ],
    [
      'https://s3/o?X-Amz-Security-Token=abc&AWSAccessKeyId=x',
      'https://s3/o?X-Amz-Security-Token=REDACTED&AWSAccessKeyId=x',
    ],
    ['https://blob/o?sv=1&sig=abc%2F', 'https://blob/o?sv=1&sig=REDACTED'],
    ['got "https://h/o?token=abc" and https://h/p?a=1', 'got "https://h/o?token=REDACTED" and https://h/p?a=1'],
    ['https://user:pass@host/x', 'https://REDACTED@host/x'],
    ['Authorization: Bearer abcdefgh.ijkl', 'Authorization: Bearer REDACTED'],
    ['token ya29.a0AfH6SNx-_1', 'token REDACTED'],
    ['jwt eyJhbGciOi.eyJzdWIi.c2ln', 'jwt REDACTED'],
  ])('takes the secrets out of %s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it.each(['gs://bucket/object', 'https://h/o?page=2&keys=all', 'the assignment’s key: value', 'design=1'])(
    'leaves %s as it is',
    (text) => {
      expect(redact(text)).toBe(text);
    },
  );
});
