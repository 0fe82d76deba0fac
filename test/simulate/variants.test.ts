import { describe, expect, it } from 'vitest';
import { runSimulator } from './run-simulator.ts';
import { sourceOf } from './substitute.ts';
import { variants } from './variants/variants.ts';

/** Every mistake is caught within this many seeds. The budget is in seeds, because a busy machine is no defect. */
const MOST_SEEDS = 3_000;

const HOUR_MS = 3_600_000;

describe('mutants', () => {
  it.each(variants)('$name changes exactly one place of the code', (variant) => {
    expect(sourceOf(variant).split(variant.find)).toHaveLength(2);
  });

  it.concurrent.each(variants)('the simulator catches $name', { timeout: HOUR_MS }, async ({ name }) => {
    const { exitCode, lines } = await runSimulator('--variant', name, '--seeds', String(MOST_SEEDS), '--quick');
    expect(lines.at(-1)).toMatch(/ 1 violations in /);
    expect(exitCode).toBe(1);
  });
});
