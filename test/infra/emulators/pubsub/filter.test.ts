import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFilter } from '../../../../infra/emulators/pubsub/resources/filter.ts';
import { RpcError } from '../../../../infra/emulators/pubsub/resources/rpc-error.ts';

const pin = { kind: 'pin', runtime: 'codex' };

describe('a filter', () => {
  test.each([
    ['', pin, true],
    ['attributes.kind = "pin"', pin, true],
    ['attributes.kind="other"', pin, false],
    ['attributes.kind != "other"', pin, true],
    ['attributes.kind != "pin"', pin, false],
    ['attributes.missing != "x"', pin, true],
    ['attributes.missing = ""', pin, false],
    ['attributes:kind', pin, true],
    ['attributes:missing', pin, false],
    ['attributes.constructor = "x" OR attributes:toString', pin, false],
    ['attributes:"kind"', pin, true],
    ['hasPrefix(attributes.runtime, "co")', pin, true],
    ['hasPrefix(attributes.runtime, "dex")', pin, false],
    ['hasPrefix(attributes.missing, "")', pin, false],
    ['NOT attributes:kind', pin, false],
    ['-attributes:missing', pin, true],
    ['NOT NOT attributes:kind', pin, true],
    ['attributes:kind AND attributes:runtime', pin, true],
    ['attributes:kind AND attributes:missing', pin, false],
    ['attributes:missing OR attributes:kind', pin, true],
    ['attributes:missing OR (attributes:kind AND NOT attributes:draft)', pin, true],
    ['attributes.k = "say \\"hi\\" \\\\ bye"', { k: 'say "hi" \\ bye' }, true],
    ['attributes."odd key!" = "v"', { 'odd key!': 'v' }, true],
    ['attributes.k-2 = "v"', { 'k-2': 'v' }, true],
  ])('%s of %j is %s', (source, attributes, matches) => {
    expect(parseFilter(source)(attributes)).toBe(matches);
  });

  test.each([
    ['attributes', 'got its end'],
    ['attributes.k', '"=" was expected, got its end'],
    ['attributes.k = v', 'a quoted string was expected, got "v"'],
    ['attributes.k = "v', 'an unclosed string'],
    ['attributes.k = "v" attributes:b', 'nothing was expected where "attributes" stands'],
    ['(attributes:a', '")" was expected, got its end'],
    ['attributes:a AND', 'got its end'],
    ['attributes:a AND attributes:b OR attributes:c', 'mixed without parentheses'],
    ['data = "x"', '"attributes" was expected, got "data"'],
    ['attributes.k = "v" # no', 'holds a character'],
    [`attributes.k = "${'v'.repeat(250)}"`, 'longer than 256 bytes'],
  ])('%s is refused', (source, reason) => {
    const refused = expect(() => parseFilter(source));
    refused.toThrow(RpcError);
    refused.toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(reason) }));
  });

  test('a comparison built from any key and value matches exactly that value', () => {
    const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
    const short = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(short, short, short, (key, value, other) => {
        const equals = parseFilter(`attributes.${quoted(key)} = ${quoted(value)}`);
        expect(equals({ [key]: value })).toBe(true);
        expect(equals({ [key]: other })).toBe(other === value);
        expect(parseFilter(`NOT attributes.${quoted(key)} = ${quoted(value)}`)({ [key]: value })).toBe(false);
      }),
    );
  });
});
