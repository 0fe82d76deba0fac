import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '#functions/core/sandbox/options/workflow-config.ts';
import { InvalidValueError } from '#functions/core/values/issues.ts';

describe('parseConfig', () => {
  it.each([
    ['{"a": 1}', { a: 1 }],
    ['a: 1\nb:\n  - x\n  - y: true', { a: 1, b: ['x', { y: true }] }],
    ['day: 2026-01-01\nanswer: yes', { day: '2026-01-01', answer: 'yes' }],
    ['text: |\n  two\n  lines\n', { text: 'two\nlines\n' }],
    ['{}', {}],
  ])('returns JSON: %j', (text, config) => {
    expect(JSON.parse(parseConfig(text))).toEqual(config);
  });

  it.each([
    '{"seed": 12345678901234567890, "id": 9007199254740993}',
    '{"huge": 1e400, "long": 0.1234567890123456789012345678901234567890, "zero": -0.0}',
    ' {\n\t"a" : [ 1.0,2 ] , "a":3 }\n',
    '{"text": "\\u0041\\/", "half": "\\ud800"}',
  ])('returns JSON byte for byte: %j', (json) => {
    expect(parseConfig(json)).toBe(json);
  });

  it('returns any JSON byte for byte', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, 2, '\t'), (config, indent) => {
        const json = JSON.stringify(config, null, indent);
        expect(parseConfig(json)).toBe(json);
      }),
    );
  });

  it.each([
    ['seed: 12345678901234567890', '{"seed":12345678901234567890}'],
    ['huge: 1e400\nlong: 0.12345678901234567890', '{"huge":1e400,"long":0.12345678901234567890}'],
    ['hex: 0x1F\nplus: +1.50\noctal: 0o17', '{"hex":31,"plus":1.5,"octal":15}'],
    ['1: a\n2.5: b\ntrue: c', '{"1":"a","2.5":"b","true":"c"}'],
    ['a: &x [1, 2]\nb: *x', '{"a":[1,2],"b":[1,2]}'],
  ])('keeps the numbers of YAML: %j', (yaml, json) => {
    expect(parseConfig(yaml)).toBe(json);
  });

  it.each([
    ['a: .nan', /JSON has no number for ".nan"/],
    ['a: [-.inf]', /JSON has no number for "-.inf"/],
    ['a: 0xFFFFFFFFFFFFFFFFFF', /JSON has no number for "0xF/],
    ['a: &x [*x]', /holds itself by an alias/],
    ['a: &x {b: {c: *x}}', /holds itself by an alias/],
    ['? [1, 2]\n: x', /complex keys/],
    [`a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`, /expected/],
    [`a: "${'x'.repeat(140_000)}"`, /at most 131071 bytes/],
    [`{"a": "${'x'.repeat(140_000)}"}`, /at most 131071 bytes/],
  ])('throws InvalidValueError for YAML that JSON cannot express', (text, message) => {
    expect(() => parseConfig(text)).toThrow(InvalidValueError);
    expect(() => parseConfig(text)).toThrow(message);
  });

  it('refuses nine aliases for a billion nodes at once', () => {
    const levels = ['a0: &a0 [x,x,x,x,x,x,x,x,x]'];
    for (let level = 1; level <= 9; level++) {
      levels.push(
        `a${level}: &a${level} [${Array(9)
          .fill(`*a${level - 1}`)
          .join(',')}]`,
      );
    }
    const begun = performance.now();
    expect(() => parseConfig(levels.join('\n'))).toThrow(/at most 131071 bytes/);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it.each([
    ['a: [1', /expected YAML or JSON/],
    ['a: 1\na: 2', /expected YAML or JSON/],
    ['a: 1\n---\nb: 2', /expected YAML or JSON/],
    ['just text', /expected a mapping in YAML or JSON, got "just text"/],
    ['[1, 2]', /expected a mapping .*got \[1,2\]/],
    ['', /expected/],
  ])('throws InvalidValueError for text that is not a mapping: %j', (text, message) => {
    expect(() => parseConfig(text)).toThrow(InvalidValueError);
    expect(() => parseConfig(text)).toThrow(message);
  });
});
