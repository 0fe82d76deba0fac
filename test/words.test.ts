import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** These hide who acts. A sentence names the actor: the reconcile, the sandbox, Cloud Run. */
const ACTORLESS = /\b(?:nobody|somebody|anybody|whoever|no one)\b/i;
/** `dist` is built, and this file lists the words. */
const SKIPPED = /(^|\/)(node_modules|dist|words\.test\.ts)(\/|$)/;

function actorlessLines(file: string, text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, index) => (ACTORLESS.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : []));
}

describe('words of the repository', () => {
  it('every sentence names its actor', () => {
    const pattern = '{*,{functions,infra,test,docs}/**/*}.{ts,md,json,mjs,yaml,txt}';
    const files = globSync(pattern, { cwd: ROOT }).filter((file) => !SKIPPED.test(file));
    expect(files.length).toBeGreaterThan(700);
    expect(files.flatMap((file) => actorlessLines(file, readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
  });

  it.each(['/** Nobody is told. */', "throw new Error('launched by somebody')", 'Whoever comes next', 'no one asks'])(
    'refuses %j',
    (line) => {
      expect(actorlessLines('a.ts', line)).toHaveLength(1);
    },
  );
});
