import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const LONGEST = 90;

const STRING = /(['"`])((?:(?!\1)[^\\]|\\.)*)\1/;
/** A title is the first argument of `it`, `test` or `describe`, or follows a table, a condition or a contract's exception. */
const BEFORE_TITLE = /(?:(?:^\s*(?:it|test|describe)(?:\.\w+)*|\))\(|\.unless\(\s*'[^']*',)\s*/;
const TITLE = new RegExp(`${BEFORE_TITLE.source}${STRING.source},`, 'gm');
const STATEMENT = /^\s*(?:it|test|describe)(?:\.\w+)*[<(]/gm;

/** These words continue the words of a `describe`: such a title says nothing on its own. */
const CONTINUES =
  /^(?:is|are|was|were|that|of|with|whose|who|what|which|and|or|but|in|by|for|from|to|on|not)\b|^(?:%[a-z]\s*)+$/i;

function titlesIn(source: string): string[] {
  return [...source.matchAll(TITLE)].map(([, , title = '']) => title);
}

function faultOf(title: string): string | undefined {
  if (title.length > LONGEST) return `has ${title.length} characters, the limit is ${LONGEST}`;
  return CONTINUES.test(title) ? 'does not begin with a subject or a verb' : undefined;
}

function badTitles(file: string, source: string): string[] {
  return titlesIn(source).flatMap((title) => {
    const fault = faultOf(title);
    return fault === undefined ? [] : [`${file}: "${title}" ${fault}`];
  });
}

describe('test titles', () => {
  const files = globSync('{test,infra/gcp/test}/**/*.ts', { cwd: ROOT }).filter(
    (file) => file !== 'test/titles.test.ts',
  );
  const sources = files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')] as const);

  it('every title is a sentence of at most 90 characters', () => {
    expect(sources.flatMap(([file, source]) => badTitles(file, source))).toEqual([]);
  });

  it('titlesIn finds every title of a test file, except one that is a variable', () => {
    const incomplete = sources.filter(
      ([file, source]) => file.endsWith('.test.ts') && titlesIn(source).length < [...source.matchAll(STATEMENT)].length,
    );
    expect(incomplete.map(([file]) => file)).toEqual(['test/infra/emulators/pubsub/contract.test.ts']);
  });

  it.each([
    ["it('is refused', () => {});"],
    ["describe('that hangs', () => {});"],
    ["  it.each([1])('of %i bytes', () => {});"],
    ["  it.each([\n    ['a'],\n  ])('%s', (name) => {});"],
    ["  test.each([1])(\n    'with %i bytes',\n    (bytes) => {},\n  );"],
    ["describe.skipIf(true)('whose %s is gone', () => {});"],
    [`it('${'refuses '.repeat(12)}', () => {});`],
  ])('refuses %j', (source) => {
    expect(badTitles('a.test.ts', source)).toHaveLength(1);
  });

  it.each([
    ["it('refuses a tar with another digest', () => {});"],
    ["it.each([1])('reads %i bytes', () => {});"],
    ["describe('parseDigest', () => {});"],
  ])('accepts %j', (source) => {
    expect(titlesIn(source)).toHaveLength(1);
    expect(badTitles('a.test.ts', source)).toEqual([]);
  });
});
