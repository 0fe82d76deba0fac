import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutants } from './mutants.ts';
import { runSimulator } from './run-simulator.ts';
import { sourceOf } from './substitute.ts';

/** Every mistake is caught within this many seeds. The budget is in seeds, because a busy machine is no defect. */
const MOST_SEEDS = 10_000;

const HOUR_MS = 3_600_000;

describe('mutants', () => {
  it('mutants collects every *.mutants.ts of the tests, each name once', () => {
    const files = globSync('**/*.mutants.ts', { cwd: join(import.meta.dirname, '..') });
    const collected = new Set(mutants.map(({ file }) => file.replace(/ts$/, 'mutants.ts')));
    expect(files.length).toBeGreaterThan(30);
    expect([...collected].sort()).toEqual(files.sort());
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  it.each(mutants)('$name changes exactly one place of the code', (mutant) => {
    expect(sourceOf(mutant).split(mutant.find)).toHaveLength(2);
  });

  it.concurrent.each(mutants)('the simulator catches $name', { timeout: HOUR_MS }, async ({ name }) => {
    const { exitCode, lines } = await runSimulator('--variant', name, '--seeds', String(MOST_SEEDS), '--quick');
    expect(lines.at(-1)).toMatch(/ 1 violations in /);
    expect(exitCode).toBe(1);
  });
});
