import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const SKIPPED = /(^|\/)(node_modules|dist|env|\.[^/]+)(\/|$)/;

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

/** The relative links of a document, outside of code, that lead to no file, or to no heading of it. */
function brokenLinks(file: string, text: string): string[] {
  return [...text.replace(/`[^`\n]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    const [path = '', anchor] = link.split('#');
    if (/^[a-z]+:/.test(path)) return [];
    const target = path === '' ? file : join(dirname(file), path);
    if (!existsSync(join(ROOT, target))) return [`${file}: ${link}`];
    const isFound = anchor === undefined || anchorsOf(readFileSync(join(ROOT, target), 'utf8')).includes(anchor);
    return isFound ? [] : [`${file}: ${link}`];
  });
}

it('every link between documents leads to a file and a heading', () => {
  const files = globSync('{*,{docs,infra,functions,test}/**/*}.md', { cwd: ROOT }).filter(
    (file) => !SKIPPED.test(file),
  );
  expect(files.length).toBeGreaterThan(15);
  expect(files.flatMap((file) => brokenLinks(file, readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
});

it.each(['[a](docs/absent.md)', '[a](#no-such-heading)', '[a](docs/reference.md#no-such-heading)'])(
  'the check of links refuses %j',
  (text) => {
    expect(brokenLinks('README.md', text)).toHaveLength(1);
  },
);
