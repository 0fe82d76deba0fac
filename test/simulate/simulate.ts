import { parseArgs } from 'node:util';
import { mutants } from './mutants.ts';
import { substitute } from './substitute.ts';

/**
 * `npm run simulate -- [--seeds N] [--first-seed N] [--only names] [--trace] [--variant name] [--quick] [--shrink N]`
 * `npm run simulate -- [--tenants N] [--project-regions N] [--part name]` measures a fleet against its goals: one part of
 * `scale/parts.ts`, `usual` (as without `--part`) or `bad-days`.
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
    /** Failing seeds of which all is printed that it takes. */
    shrink: { type: 'string', default: '3' },
    tenants: { type: 'string' },
    'project-regions': { type: 'string' },
    part: { type: 'string' },
  },
});

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  // Modules that a mutant may change are loaded only after this.
  if (values.variant !== undefined) substitute(mutantNamed(values.variant));
  if (values.tenants !== undefined || values.part !== undefined) return measure();
  if (values.only !== undefined || values.trace) return replay(Number(values['first-seed']), values.only);
  return seeds();
}

async function seeds(): Promise<number> {
  const { playSeeds } = await import('./seeds.ts');
  const start = performance.now();
  const options = {
    first: Number(values['first-seed']),
    count: Number(values.seeds),
    shrunk: Number(values.shrink),
    say,
  };
  const totals = await playSeeds({ ...options, stopAtFirst: values.quick });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const violations = totals.failures.length;
  say(
    `${totals.seeds} seeds, ${totals.steps} steps, ${totals.faults} faults, ${violations} violations in ${seconds} s`,
  );
  return violations === 0 ? 0 : 1;
}

async function replay(seed: number, only: string | undefined): Promise<number> {
  const [{ play }, { buildScenario }, { keptOf }] = await Promise.all([
    import('./play.ts'),
    import('./scenario.ts'),
    import('./shrink.ts'),
  ]);
  const kept = only === undefined ? null : keptOf(only.split(','));
  const { notes, violations, steps, faults } = await play(buildScenario(seed), kept, true);
  for (const note of notes) say(note);
  for (const { invariant, message, at } of violations) say(`${at} violates "${invariant}": ${message}`);
  say(`1 seeds, ${steps} steps, ${faults.length} faults, ${violations.length} violations`);
  return violations.length === 0 ? 0 : 1;
}

async function measure(): Promise<number> {
  const { measureParts } = await import('./scale/parts.ts');
  const count = (text: string | undefined) => (text === undefined ? undefined : Number(text));
  const counts = { tenants: count(values.tenants), regions: count(values['project-regions']) };
  return measureParts(values.part ?? 'usual', counts, say);
}

function mutantNamed(name: string) {
  const mutant = mutants.find((one) => one.name === name);
  if (mutant === undefined)
    throw new Error(`no mutant ${name}; expected one of ${mutants.map((one) => one.name).join(', ')}`);
  return mutant;
}

const exitCode = await main();
// What simulated processes still wait for never comes.
process.stdout.write('', () => process.exit(exitCode));
