import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageFault } from '../../../functions/core/faults.ts';
import { parseConfig } from '../../../functions/core/sandbox/parse-config.ts';

describe('a workflow’s configuration', () => {
  it.each([
    ['{"a": 1}', { a: 1 }],
    ['a: 1\nb:\n  - x\n  - y: true', { a: 1, b: ['x', { y: true }] }],
    ['day: 2026-01-01\nanswer: yes', { day: '2026-01-01', answer: 'yes' }],
    ['text: |\n  two\n  lines\n', { text: 'two\nlines\n' }],
    ['{}', {}],
  ])('is passed on as JSON: %j', (text, config) => {
    expect(JSON.parse(parseConfig(text))).toEqual(config);
  });

  it('that is JSON keeps its value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (config) => {
        const { __proto__: _, ...rest } = config;
        expect(JSON.parse(parseConfig(JSON.stringify(rest)))).toEqual(JSON.parse(JSON.stringify(rest)));
      }),
    );
  });

  it.each([
    ['a: [1', /expected YAML or JSON/],
    ['a: 1\na: 2', /expected YAML or JSON/],
    ['a: 1\n---\nb: 2', /expected YAML or JSON/],
    ['just text', /expected a mapping in YAML or JSON, got "just text"/],
    ['[1, 2]', /expected a mapping .*got \[1,2\]/],
    ['', /expected/],
  ])('that is none is a usage fault: %j', (text, message) => {
    expect(() => parseConfig(text)).toThrow(UsageFault);
    expect(() => parseConfig(text)).toThrow(message);
  });
});
