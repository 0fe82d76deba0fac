import type { RetryPolicy } from '../../core/launch/backoff.ts';
import { isExpired, type LaunchSlot } from '../../core/launch/quota.ts';
import { projectRegion } from '../../core/records/tenant.ts';
import { dismiss, stopped, type TenantLaunch, tooLate } from './claim.ts';
import type { LaunchGate } from './gate.ts';
import { type Attempt, describe, type LaunchResult, type LaunchTenantDeps, launchTenant } from './launch-tenant.ts';
import { LaunchQueue } from './queue.ts';
import { scheduleLaunches } from './schedule.ts';

export type LaunchDeps = LaunchTenantDeps;

export type LaunchCounts = Record<LaunchResult, number>;

export type Launched = {
  tally: LaunchCounts;
  /** The tenants whose launch is not known to be made. */
  waiting: string[];
};

/**
 * Launches every tenant at a slot of its own. One tenant's failure cancels nobody, and its slowness holds nobody up.
 *
 * @throws AggregateError where slots could not be reserved, when every launch in flight has ended.
 */
export async function launchFleet(
  orders: readonly TenantLaunch[],
  gate: LaunchGate,
  deps: LaunchDeps,
  policy: RetryPolicy,
  deadline: Date,
): Promise<Launched> {
  const launched: Launched = {
    tally: { launched: 0, lost: 0, rejected: 0, unknown: 0, waiting: 0, stopped: 0 },
    waiting: [],
  };
  const groups = Map.groupBy(orders, ({ tenant }) => JSON.stringify(projectRegion(tenant.job)));
  const results = await Promise.allSettled(
    [...groups.values()].map((group) => launchLocation(group, launched, { gate, deps, policy, deadline })),
  );
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (failures.length > 0) throw new AggregateError(failures, 'launch times cannot be reserved');
  return launched;
}

type Context = { gate: LaunchGate; deps: LaunchDeps; policy: RetryPolicy; deadline: Date };

/** All of these launches share one quota. */
async function launchLocation(group: readonly TenantLaunch[], launched: Launched, context: Context): Promise<void> {
  const { gate, deps, deadline } = context;
  const location = projectRegion(group[0]?.tenant.job ?? '');
  const dismissals: Promise<void>[] = [];
  const rules = { policy: context.policy, clock: deps.clock };
  const queue = new LaunchQueue(rotated(group, deps.owner), gate, rules, (order, why) => {
    if (why === 'stopped') dismissals.push(leave(order, why, launched, context));
    else count(launched, order, why);
  });
  const useSlot = (slot: LaunchSlot) => useSlotFor(queue, slot, launched, context);
  try {
    await scheduleLaunches({ location, queue, gate, useSlot }, deps, deadline);
  } finally {
    for (const order of queue.rest()) dismissals.push(leave(order, 'waiting', launched, context));
    await Promise.all(dismissals);
  }
}

/** An order leaves the queue without a launch. */
async function leave(
  order: TenantLaunch,
  why: 'stopped' | 'waiting',
  launched: Launched,
  { deps, policy }: Context,
): Promise<void> {
  count(launched, order, why);
  try {
    await dismiss(order, why === 'stopped' ? stopped : tooLate, deps, policy);
  } catch (error) {
    deps.log.warn('claim not given back', { ...describe(order), error: String(error) });
  }
}

/** A slot that an order has no use for goes to the next one. */
async function useSlotFor(queue: LaunchQueue, slot: LaunchSlot, launched: Launched, context: Context): Promise<void> {
  while (!isExpired(slot, context.deps.clock.now())) {
    const order = queue.next();
    if (order === undefined) return;
    const { result, isSlotUsed, again } = await attempt(order, slot, context);
    if (result === 'lost') queue.conflict(order);
    else if (again === undefined) count(launched, order, result);
    else if (isSlotUsed) queue.append(again);
    else queue.prepend(again);
    if (isSlotUsed || again !== undefined) return;
  }
}

async function attempt(order: TenantLaunch, slot: LaunchSlot, { gate, deps, policy }: Context): Promise<Attempt> {
  try {
    return await launchTenant(order, { slot, gate }, deps, policy);
  } catch (error) {
    deps.log.warn('launch interrupted', { ...describe(order), error: String(error) });
    return { result: 'unknown', isSlotUsed: true };
  }
}

function count({ tally, waiting }: Launched, { tenant }: TenantLaunch, result: LaunchResult): void {
  tally[result]++;
  if (result !== 'launched' && result !== 'rejected') waiting.push(tenant.tenant);
}

/** Each process begins with another tenant, because two that began with the same would meet at every one. */
function rotated<T>(orders: readonly T[], owner: string): T[] {
  const start = [...owner].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 65_521, 0) % orders.length;
  return [...orders.slice(start), ...orders.slice(0, start)];
}
