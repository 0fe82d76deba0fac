import type { LocationCounts, ReconcileState } from '../records/reconcile-state.ts';
import { locationOf } from '../records/tenant.ts';

/** How many executions run in each location. @param resources one job or execution name for each. */
export function countsByLocation(resources: readonly string[]): LocationCounts {
  const counts = Map.groupBy(resources, locationOf);
  return Object.fromEntries([...counts].map(([location, names]) => [location, names.length]));
}

/** Adds several counts, location by location. */
export function sumCounts(counts: readonly LocationCounts[]): LocationCounts {
  const sum: Record<string, number> = {};
  for (const count of counts) {
    for (const [location, running] of Object.entries(count)) sum[location] = (sum[location] ?? 0) + running;
  }
  return sum;
}

/** Admits launches, in their order, up to the cap of each location; the others are deferred. */
export function withinRunningCap<T extends { tenant: { job: string } }>(
  launches: readonly T[],
  running: LocationCounts,
  maxRunning: number,
): { admitted: T[]; deferred: T[] } {
  const counts = { ...running };
  const split = { admitted: [] as T[], deferred: [] as T[] };
  for (const launch of launches) {
    const location = locationOf(launch.tenant.job);
    const count = (counts[location] ?? 0) + 1;
    if (count <= maxRunning) counts[location] = count;
    (count <= maxRunning ? split.admitted : split.deferred).push(launch);
  }
  return split;
}

/** Counts expire, because a removed runtime is never counted again. */
const COUNT_TTL_MS = 3_600_000;
/** Unchanged counts are rewritten after this time, before they expire. */
const COUNT_REFRESH_MS = 600_000;

/** The unexpired counts of runtimes that this invocation has not counted itself. */
export function runningElsewhere(
  states: readonly ReconcileState[],
  isCounted: (runtime: string) => boolean,
  now: Date,
): LocationCounts[] {
  return states
    .filter(({ runtime, countedAt }) => !isCounted(runtime) && ageOf(countedAt, now) < COUNT_TTL_MS)
    .map(({ running }) => running);
}

export function isCountCurrent(state: ReconcileState, running: LocationCounts, now: Date): boolean {
  const isEmpty = Object.keys(running).length === 0 && Object.keys(state.running).length === 0;
  if (isEmpty) return true;
  return ageOf(state.countedAt, now) < COUNT_REFRESH_MS && isSameCount(state.running, running);
}

function isSameCount(a: LocationCounts, b: LocationCounts): boolean {
  const locations = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...locations].every((location) => (a[location] ?? 0) === (b[location] ?? 0));
}

function ageOf(time: string | null, now: Date): number {
  return time === null ? Number.POSITIVE_INFINITY : now.getTime() - Date.parse(time);
}
