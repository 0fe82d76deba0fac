import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact, redactUrl } from '#functions/core/sandbox/redact.ts';

describe('redact', () => {
  it.each([
    ['https://storage.googleapis.com/b/o?X-Goog-Signature=00ff', 'https://storage.googleapis.com/b/o?REDACTED'],
    ['got "https://h/o?token=abc" and https://h/p', 'got "https://h/o?REDACTED" and https://h/p'],
    ['(see https://h/o?page=2).', '(see https://h/o?REDACTED).'],
    ['https://h/o#access_token=SEKRET answered', 'https://h/o#REDACTED answered'],
    ['https://user:pass@host/x', 'https://REDACTED@host/x'],
    ["http://u:it'sSEKRET@host/x", 'http://REDACTED@host/x'],
    ['http://u:a@SEKRET@host/x', 'http://REDACTED@host/x'],
    ['http:\\\\u:SEKRET@host/x', 'http:\\\\REDACTED@host/x'],
    ['postgres://u:SEKRET@host/db?sslkey=SEKRET', 'postgres://REDACTED@host/db?REDACTED'],
    ['PUT /o?X%2DGoog%2DSignature=SEKRET HTTP/1.1', 'PUT /o?X%2DGoog%2DSignature=REDACTED HTTP/1.1'],
    ['jwt=SEKRET access_key=SEKRET', 'jwt=REDACTED access_key=REDACTED'],
    ['gs://b/o?token=SEKRET', 'gs://b/o?token=REDACTED'],
    ['Authorization: Bearer abcdefgh.ijkl', 'Authorization: Bearer REDACTED'],
    ['token ya29.a0AfH6SNx-_1', 'token REDACTED'],
    ['jwt eyJhbGciOi.eyJzdWIi.c2ln', 'jwt REDACTED'],
    ['a-eyJhbGciOi.eyJzdWIi.c2ln and b.eyJhbGciOi.eyJzdWIi.c2ln', 'a-REDACTED and b.REDACTED'],
    ['-http://u:SEKRET@host/x', '-http://REDACTED@host/x'],
  ])('removes the secrets from %s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it.each(['gs://bucket/object', 'gs://b/a?b#c', 'https://h/o/p', 'the assignment’s key: value', 'design=1', 'a@b.c'])(
    'returns %s unchanged',
    (text) => {
      expect(redact(text)).toBe(text);
    },
  );
});

describe('redact of a long text', () => {
  // An archive's pax header can hold a name of 1 MiB, and an error repeats it.
  it.each(['a.', 'a-', '-eyJa', '-eyJa.a', 'http://"', '."', 'bearer ', '(a', 'basic\t\t'])(
    'takes less than 2 s for 1 MiB of %j',
    (unit) => {
      const text = `http://h/${unit.repeat(2 ** 20 / unit.length)}`;
      const start = performance.now();
      redact(text);
      redact(text.slice('http://h/'.length).concat('x'));
      expect(performance.now() - start).toBeLessThan(2_000);
    },
  );
});

describe('redactUrl', () => {
  it('removes user info, query and fragment of every URL that a browser reads', () => {
    const secret = fc.stringMatching(/^[^/\\\\?#\s]{0,8}SEKRET[^/\\\\?#\s]{0,8}$/);
    fc.assert(
      fc.property(secret, secret, secret, fc.constantFrom('http', 'https', 'ftp'), (user, query, fragment, scheme) => {
        const url = `${scheme}://${user}@host.example/path?${query}#${fragment}`;
        fc.pre(URL.canParse(url) && URL.parse(url)?.hostname === 'host.example');
        expect(redactUrl(url)).toBe(`${scheme}://REDACTED@host.example/path?REDACTED`);
      }),
    );
  });

  it('returns the name of a Cloud Storage object unchanged', () => {
    expect(redactUrl('gs://bucket/a?b#c@d')).toBe('gs://bucket/a?b#c@d');
  });
});
