import type { LocationCounts } from '../records/reconcile-state.ts';
import { locationOf } from '../records/tenant.ts';

/** @param resources a job or execution name for each execution that runs. */
export function countsByLocation(resources: readonly string[]): LocationCounts {
  const counts = Map.groupBy(resources, locationOf);
  return Object.fromEntries([...counts].map(([location, names]) => [location, names.length]));
}

/** How many executions run, by location, over several counts. */
export function sumCounts(counts: readonly LocationCounts[]): LocationCounts {
  const sum: Record<string, number> = {};
  for (const count of counts) {
    for (const [location, running] of Object.entries(count)) sum[location] = (sum[location] ?? 0) + running;
  }
  return sum;
}

/** The launches that fit below the cap of each location, in their order; the others are deferred. */
export function withinRunningCap<T extends { tenant: { job: string } }>(
  orders: readonly T[],
  running: LocationCounts,
  maxRunning: number,
): { room: T[]; later: T[] } {
  const taken = { ...running };
  const split = { room: [] as T[], later: [] as T[] };
  for (const order of orders) {
    const location = locationOf(order.tenant.job);
    const count = (taken[location] ?? 0) + 1;
    if (count <= maxRunning) taken[location] = count;
    (count <= maxRunning ? split.room : split.later).push(order);
  }
  return split;
}
