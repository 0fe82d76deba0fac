import { parseArgs } from 'node:util';
import type { Figure } from './scale/figure.ts';
import { substitute } from './substitute.ts';
import { variants } from './variants/variants.ts';

/**
 * `npm run simulate -- [--seeds N] [--first-seed N] [--only names] [--trace] [--variant name] [--quick]`
 * `npm run simulate -- --tenants N --project-regions N`
 *
 * The last line says how many seeds, steps and faults there were, and how many violations; the exit code is 1 where there
 * was one.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    'first-seed': { type: 'string', default: '1' },
    only: { type: 'string' },
    trace: { type: 'boolean', default: false },
    variant: { type: 'string' },
    /** Ends with the first failing seed and does not shrink it. */
    quick: { type: 'boolean', default: false },
    tenants: { type: 'string' },
    'project-regions': { type: 'string', default: '10' },
    /** Of the measurement, only `rollout`, `disturbed`, `hotfix`, `recheck` or `look`: memory is measured in a process of its own. */
    part: { type: 'string' },
  },
});

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  // Everything that a variant may change is loaded only now.
  if (values.variant !== undefined) substitute(variantNamed(values.variant));
  if (values.tenants !== undefined)
    return scale(Number(values.tenants), Number(values['project-regions']), values.part);
  if (values.only !== undefined || values.trace) return replay(Number(values['first-seed']), values.only);
  return seeds();
}

async function seeds(): Promise<number> {
  const { playSeeds } = await import('./seeds.ts');
  const start = performance.now();
  const options = { first: Number(values['first-seed']), count: Number(values.seeds), say };
  const totals = await playSeeds({ ...options, stopAtFirst: values.quick });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const violations = totals.failures.length;
  say(
    `${totals.seeds} seeds, ${totals.steps} steps, ${totals.faults} faults, ${violations} violations in ${seconds} s`,
  );
  return violations === 0 ? 0 : 1;
}

async function replay(seed: number, only: string | undefined): Promise<number> {
  const [{ play }, { scenarioOf }, { keptOf }] = await Promise.all([
    import('./play.ts'),
    import('./scenario.ts'),
    import('./shrink.ts'),
  ]);
  const kept = only === undefined ? null : keptOf(only.split(','));
  const { notes, violations, steps, faults } = await play(scenarioOf(seed), kept, true);
  for (const note of notes) say(note);
  for (const { invariant, message, at } of violations) say(`${at} violates "${invariant}": ${message}`);
  say(`1 seeds, ${steps} steps, ${faults.length} faults, ${violations.length} violations`);
  return violations.length === 0 ? 0 : 1;
}

async function scale(tenants: number, regions: number, part: string | undefined): Promise<number> {
  if (part === undefined) {
    const { measureParts } = await import('./scale/parts.ts');
    return measureParts(tenants, regions, say);
  }
  const figures = await measured(part, tenants, regions);
  for (const { what, value, goal, unit } of figures) {
    const verdict = goal === null ? '' : `, goal ${goal} ${unit}: ${value <= goal ? 'met' : 'MISSED'}`;
    say(`${what}: ${Math.round(value * 1000) / 1000} ${unit}${verdict}`);
  }
  return figures.every(({ value, goal }) => goal === null || value <= goal) ? 0 : 1;
}

async function measured(part: string, tenants: number, regions: number): Promise<Figure[]> {
  if (part === 'recheck' || part === 'look')
    return (await import('./scale/recheck.ts')).measureRecheck(tenants, regions, part === 'look');
  if (part === 'hotfix') return (await import('./scale/hotfix.ts')).measureHotfix(tenants, regions);
  return (await import('./scale/rollout.ts')).measureRollout(tenants, regions, part === 'disturbed');
}

function variantNamed(name: string) {
  const variant = variants.find((one) => one.name === name);
  if (variant === undefined)
    throw new Error(`there is no variant ${name}; there are ${variants.map((one) => one.name).join(', ')}`);
  return variant;
}

const exitCode = await main();
// What simulated processes still wait for never comes.
process.stdout.write('', () => process.exit(exitCode));
