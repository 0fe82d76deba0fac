import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveLinks } from '#functions/core/sandbox/archive/links.ts';

const refused = (reason: string, entry: string) => expect.objectContaining({ reason, entry });
const resolve = (links: Record<string, string>) => resolveLinks(new Map(Object.entries(links)));

describe('resolveLinks', () => {
  it.each<Record<string, string>>([
    { a: 'b/../c' },
    { 'd/up': '..', 'd/in': 'up/d' },
    { a: 'nowhere/../nowhere/../b' },
    { a: '.', b: 'a/a/a/c' },
  ])('accepts links that stay inside: %j', (links) => {
    expect(() => resolve(links)).not.toThrow();
  });

  it.each<[string, string, Record<string, string>]>([
    ['LEAVES_FOLDER', 'a', { a: '..' }],
    ['LEAVES_FOLDER', 'd/out', { 'd/up': '..', 'd/out': 'up/../x' }],
    ['LEAVES_FOLDER', 'd/out', { 'd/out': 'up/../x', 'd/up': '..' }],
    ['LEAVES_FOLDER', 'a', { a: 'b/../../c' }],
    ['BAD_LINK', 'a', { a: 'b', b: 'a' }],
  ])('refuses with %s, naming the link %s, in %j', (reason, entry, links) => {
    expect(() => resolve(links)).toThrow(refused(reason, entry));
  });

  it('agrees with a resolver that follows every link each time', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
      .map((names) => names.join('/'));
    const target = fc
      .array(fc.constantFrom('a', 'b', 'c', '..', '..', '.', ''), { minLength: 1, maxLength: 6 })
      .map((names) => names.join('/'))
      .filter((text) => text !== '' && !text.startsWith('/'));
    const links = fc.dictionary(path, target, { maxKeys: 6 }).filter(isTree);
    fc.assert(
      fc.property(links, (tree) => {
        const ours = outcomeOf(() => resolve(tree));
        const theirs = Object.keys(tree).every((name) => staysInside(tree, name, 0)) ? 'inside' : 'refused';
        expect(ours).toBe(theirs);
      }),
      { numRuns: 5_000 },
    );
  });

  it('resolves 8,000 targets of 1,991 names with less than 60 MB', () => {
    const links = new Map<string, string>();
    const target = `${'a/'.repeat(1_990)}b`;
    for (let index = 0; index < 8_000; index++) links.set(`l${index}`, target);
    const before = process.memoryUsage().heapUsed;
    resolveLinks(links);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60e6);
  });
});

function isTree(links: Record<string, string>): boolean {
  const paths = Object.keys(links);
  return paths.every((path) => !paths.some((other) => path.startsWith(`${other}/`)));
}

function outcomeOf(action: () => void): 'inside' | 'refused' {
  try {
    action();
    return 'inside';
  } catch {
    return 'refused';
  }
}

/** What the kernel would do with the path, name by name. */
function staysInside(links: Record<string, string>, path: string, hops: number): boolean {
  if (hops > 40) return false;
  const stack: string[] = [];
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  for (const [index, name] of names.entries()) {
    if (name === '..') {
      if (stack.pop() === undefined) return false;
      continue;
    }
    stack.push(name);
    const target = links[stack.join('/')];
    if (target === undefined) continue;
    return staysInside(links, [...stack.slice(0, -1), target, ...names.slice(index + 1)].join('/'), hops + 1);
  }
  return true;
}
