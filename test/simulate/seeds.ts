import type { Violation } from './invariants/watch.ts';
import { play } from './play.ts';
import { buildScenario } from './scenario.ts';
import { shrink } from './shrink.ts';

export type Totals = {
  seeds: number;
  steps: number;
  faults: number;
  failures: { seed: number; violation: Violation }[];
};

export type SeedOptions = {
  first: number;
  count: number;
  /** Ends with the first seed that violates an invariant, without shrinking it. */
  stopAtFirst: boolean;
  /** So many failing seeds are shrunk and printed; of the others only the violation. */
  shrunk: number;
  say: (line: string) => void;
};

/** Plays one seed after the other. A failing one is shrunk and printed with all that happened in it. */
export async function playSeeds({ first, count, stopAtFirst, shrunk, say }: SeedOptions): Promise<Totals> {
  const totals: Totals = { seeds: 0, steps: 0, faults: 0, failures: [] };
  for (let seed = first; seed < first + count; seed++) {
    const played = await play(buildScenario(seed));
    totals.seeds++;
    totals.steps += played.steps;
    totals.faults += played.faults.length;
    const [violation] = played.violations;
    if (violation === undefined) continue;
    totals.failures.push({ seed, violation });
    say(`seed ${seed} violates "${violation.invariant}" at ${violation.at}: ${violation.message}`);
    if (stopAtFirst) return totals;
    if (totals.failures.length <= shrunk) await printShrunk(seed, say);
  }
  return totals;
}

async function printShrunk(seed: number, say: (line: string) => void): Promise<void> {
  const scenario = buildScenario(seed);
  const { kept } = await shrink(scenario, await play(scenario));
  const names = [...kept.events].join(',');
  const { notes, violations } = await play(scenario, kept, true);
  for (const note of notes) say(`  ${note}`);
  say(`  ${violations[0]?.invariant}: ${violations[0]?.message}`);
  say(
    `  replay: npm run simulate -- --first-seed ${seed} --seeds 1 --only ${names === '' ? 'nothing' : names} --trace`,
  );
}
