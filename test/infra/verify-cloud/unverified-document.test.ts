import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { checks } from '../../../infra/verify-cloud/checks/checks.ts';
import type { VerifyCloud } from '../../../infra/verify-cloud/cloud/cloud.ts';
import { formatPlan } from '../../../infra/verify-cloud/plan.ts';

const DOCUMENT = readFileSync(new URL('../../../docs/unverified.md', import.meta.url), 'utf8');

/** The ids that the last cells of the tables begin with. */
const rows = DOCUMENT.split('\n').flatMap((line) => {
  if (!line.startsWith('| ') || line.startsWith('| assumption ')) return [];
  return [/^`([a-z-]+)`: /.exec(line.split(' | ').at(-1) ?? '')?.[1] ?? `no check: ${line}`];
});

it('every row of docs/unverified.md names one check, and every check has one row', () => {
  expect(rows.toSorted()).toEqual(checks.map(({ id }) => id).toSorted());
  expect(new Set(rows).size).toBe(rows.length);
});

it('every file that docs/unverified.md names exists', () => {
  const files = [...DOCUMENT.matchAll(/`((?:functions|infra)\/[\w./-]+\.ts)`/g)].map(([, file = '']) => file);
  expect(files.length).toBeGreaterThan(20);
  for (const file of files)
    expect(() => readFileSync(new URL(`../../../${file}`, import.meta.url)), file).not.toThrow();
});

it('the plan of a run names the API of every call that a check makes', () => {
  const directory = new URL('../../../infra/verify-cloud/', import.meta.url);
  const sources = globSync('**/*.ts', { cwd: directory.pathname }).map((file) =>
    readFileSync(new URL(file, directory)),
  );
  const called = sources.flatMap((source) => [...String(source).matchAll(/\bapi(?::| =) '([a-z]+)'/g)]);
  const cloud = { project: 'scratch-1', isEmulated: false, lacks: () => undefined } as Partial<VerifyCloud>;
  const plan = formatPlan(cloud as VerifyCloud, checks);

  expect(called.length).toBeGreaterThan(20);
  for (const [, api] of called) expect(plan).toContain(`${api}.googleapis.com`);
  for (const api of ['pubsub', 'cloudbuild']) expect(plan).toContain(`${api}.googleapis.com`);
});
