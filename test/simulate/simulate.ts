import { Command, InvalidArgumentError } from 'commander';
import { mutants } from './mutants.ts';
import { substitute } from './substitute.ts';

const USAGE = 64;

const values = new Command('npm run simulate --')
  .description(
    'Plays seeds of the flows that ship: races, faults and crashes. With --tenants or --part it measures a fleet against its goals. ' +
      'The exit code is 1 after a violation or a missed goal.',
  )
  .option('--seeds <n>', 'how many seeds', count, 200)
  .option('--first-seed <n>', 'the first of them', count, 1)
  .option('--trace', 'play the first seed only, and print each step')
  .option('--only <names>', 'play the first seed with these parts of its scenario only')
  .option('--variant <mutant>', 'change one source line first; a seed must catch it', mutantNamed)
  .option('--quick', 'end with the first failing seed, and do not shrink it')
  .option('--shrink <n>', 'failing seeds that are shrunk and explained', count, 3)
  .option('--tenants <n>', 'the size of the measured fleet', count)
  .option('--project-regions <n>', 'its locations', count)
  .option('--part <name>', 'one part of test/simulate/scale/parts.ts, usual or bad-days')
  .addHelpText('after', `\nMutants:\n  ${mutants.map(({ name }) => name).join('\n  ')}`)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE))
  .parse()
  .opts<{
    seeds: number;
    firstSeed: number;
    only?: string;
    trace?: true;
    variant?: (typeof mutants)[number];
    quick?: true;
    shrink: number;
    tenants?: number;
    projectRegions?: number;
    part?: string;
  }>();

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  // Modules that a mutant may change are loaded only after this.
  if (values.variant !== undefined) substitute(values.variant);
  if (values.tenants !== undefined || values.part !== undefined) return measure();
  if (values.only !== undefined || values.trace) return replay(values.firstSeed, values.only);
  return seeds();
}

async function seeds(): Promise<number> {
  const { playSeeds } = await import('./seeds.ts');
  const start = performance.now();
  const options = {
    first: values.firstSeed,
    count: values.seeds,
    shrunk: values.shrink,
    say,
  };
  const totals = await playSeeds({ ...options, stopAtFirst: values.quick ?? false });
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
  const counts = { tenants: values.tenants, regions: values.projectRegions };
  return measureParts(values.part ?? 'usual', counts, say);
}

function mutantNamed(name: string) {
  const mutant = mutants.find((one) => one.name === name);
  if (mutant === undefined) throw new InvalidArgumentError('Expected a mutant that --help lists.');
  return mutant;
}

function count(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number.');
}

const exitCode = await main();
// What simulated processes still wait for never comes.
process.stdout.write('', () => process.exit(exitCode));
