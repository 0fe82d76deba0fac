import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIdentifier } from '#functions/core/values/identifier.ts';
import { InvalidValueError } from '#functions/core/values/issues.ts';

describe('IDENTIFIER', () => {
  it.each(['a', 'acme', 'a1', 'a-b', 'a--b', `a${'b'.repeat(62)}`])('accepts %s as an identifier', (text) => {
    expect(parseIdentifier(text)).toBe(text);
  });

  it.each(['', '-a', 'a-', '1a', 'Acme', 'a_b', 'a.b', 'a/b', '../a', 'a\n', 'ä', '__proto__', `a${'b'.repeat(63)}`])(
    'may not be %j, and the error names it',
    (text) => {
      expect(() => parseIdentifier(text)).toThrow(InvalidValueError);
      expect(() => parseIdentifier(text)).toThrow(`got ${JSON.stringify(text)}`);
    },
  );

  it('accepts only texts that are safe in object names', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(parseIdentifier(text)).toMatch(/^[a-z0-9-]{1,63}$/);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidValueError);
        }
      }),
    );
  });
});
