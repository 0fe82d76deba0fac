import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOfHex, isDigest, parseDigest } from '#functions/core/values/digest.ts';
import { InvalidValueError } from '#functions/core/values/issues.ts';

const HEX = 'a1'.repeat(32);
const hexDigits = fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF'), minLength: 64, maxLength: 64 });

describe('parseDigest', () => {
  it('accepts sha256: and 64 hex digits of either case, and lower-cases them', () => {
    fc.assert(
      fc.property(hexDigits, (hex) => {
        expect(parseDigest(`sha256:${hex}`)).toBe(`sha256:${hex.toLowerCase()}`);
        expect(isDigest(`sha256:${hex}`)).toBe(true);
        expect(digestOfHex(hex)).toBe(parseDigest(`sha256:${hex.toUpperCase()}`));
      }),
    );
  });

  it.each([
    ['nothing', '', 'an empty value'],
    ['63 digits', `sha256:${HEX.slice(1)}`, '63 characters after sha256:'],
    ['65 digits', `sha256:${HEX}0`, '65 characters after sha256:'],
    ['another algorithm', `sha512:${HEX}`, 'the algorithm "sha512"'],
    ['the algorithm in upper case', `SHA256:${HEX}`, 'the algorithm "SHA256"'],
    ['no algorithm', HEX, HEX],
    ['a letter that is no hex digit', `sha256:g${HEX.slice(1)}`, '64 characters after sha256:'],
    ['a line break at the end', `sha256:${HEX}\n`, '65 characters after sha256:'],
    ['space before it', ` sha256:${HEX}`, 'the algorithm " sha256"'],
    ['a digit of another script', `sha256:${HEX.slice(1)}٣`, '64 characters after sha256:'],
  ])('rejects %s, and names what it got and expected', (_, text, got) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow(InvalidValueError);
    expect(() => parseDigest(text)).toThrow('expected sha256: and 64 hex digits, got');
    expect(() => parseDigest(text)).toThrow(got);
  });

  it('rejects every other text with a short message', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ minLength: 5000, maxLength: 5010 })), (text) => {
        fc.pre(!/^sha256:[0-9a-fA-F]{64}$/.test(text));
        expect(isDigest(text)).toBe(false);
        expect(() => parseDigest(text)).toThrow(InvalidValueError);
        expect(messageOf(() => parseDigest(text)).length).toBeLessThan(1500);
      }),
    );
  });
});

function messageOf(call: () => unknown): string {
  try {
    call();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}
