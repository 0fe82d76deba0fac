import type { LocationCounts } from '../records/reconcile-state.ts';
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
