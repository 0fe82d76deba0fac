import { type Kept, type Played, play } from './play.ts';
import type { Scenario } from './scenario.ts';

/** Replays are fast, but a run of many faults has many of them. */
const MOST_REPLAYS = 400;

export type Shrunk = { kept: NonNullable<Kept>; played: Played };

/**
 * Leaves out events and faults, in ever smaller groups, as long as the same invariant is still violated: what is left is what
 * it takes.
 */
export async function shrink(scenario: Scenario, failed: Played): Promise<Shrunk> {
  const invariant = failed.violations[0]?.invariant;
  let names = [...failed.events, ...failed.faults];
  let played = failed;
  let replays = 0;
  for (let size = Math.ceil(names.length / 2); size >= 1 && replays < MOST_REPLAYS; ) {
    let isSmaller = false;
    for (let start = 0; start < names.length && replays < MOST_REPLAYS; ) {
      const rest = names.filter((_, index) => index < start || index >= start + size);
      replays++;
      const replayed = await play(scenario, keptOf(rest));
      if (replayed.violations[0]?.invariant === invariant) {
        // Faults that no longer strike need not be left out one by one.
        names = rest.filter((name) => replayed.events.includes(name) || replayed.faults.includes(name));
        played = replayed;
        isSmaller = true;
      } else {
        start += size;
      }
    }
    if (size === 1 && !isSmaller) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return { kept: keptOf(names), played };
}

export function keptOf(names: readonly string[]): NonNullable<Kept> {
  const kept = new Set(names);
  return { events: kept, faults: kept };
}
