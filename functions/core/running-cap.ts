import { projectRegion, type Tenant } from './tenant.ts';

/**
 * How many of these launches Cloud Run has room for: the first of each project and region, so many as do not run there
 * already. What else runs there is not known, and is told by a refusal.
 *
 * @param running whose executions run, as far as anybody knows.
 */
export function withinRunningCap<T extends { tenant: Tenant }>(
  orders: readonly T[],
  running: readonly Tenant[],
  maxRunning: number,
): { room: T[]; later: T[] } {
  const taken = new Map<string, number>();
  const take = ({ job }: Tenant) => {
    const where = JSON.stringify(projectRegion(job));
    taken.set(where, (taken.get(where) ?? 0) + 1);
    return taken.get(where) ?? 0;
  };
  for (const tenant of running) take(tenant);
  const split = { room: [] as T[], later: [] as T[] };
  for (const order of orders) (take(order.tenant) <= maxRunning ? split.room : split.later).push(order);
  return split;
}
