import type { RetryPolicy } from '../../core/launch/backoff.ts';
import { isExpired, type LaunchSlot } from '../../core/launch/quota.ts';
import { projectRegion } from '../../core/records/tenant.ts';
import { dismiss, stopped, type TenantLaunch, tooLate } from './claim.ts';
import type { LaunchGate } from './gate.ts';
import { type Attempt, type LaunchResult, type LaunchTenantDeps, launchFields, launchTenant } from './launch-tenant.ts';
import { LaunchQueue } from './queue.ts';
import { scheduleLaunches } from './schedule.ts';

export type LaunchDeps = LaunchTenantDeps;

/** Shared by all launches of one stage. */
export type LaunchContext = { gate: LaunchGate; deps: LaunchDeps; policy: RetryPolicy; deadline: Date };

export type LaunchCounts = Record<LaunchResult, number>;

export type Launched = {
  counts: LaunchCounts;
  /** The tenants whose launch is not confirmed. */
  unconfirmed: string[];
};

/**
 * Launches each tenant at a slot of its own. A failed or slow tenant neither cancels nor delays the others.
 *
 * @throws AggregateError if slots could not be reserved, after every launch in flight has ended.
 */
export async function launchFleet(launches: readonly TenantLaunch[], context: LaunchContext): Promise<Launched> {
  const launched: Launched = {
    counts: { launched: 0, conflict: 0, rejected: 0, ambiguous: 0, pending: 0, blocked: 0 },
    unconfirmed: [],
  };
  const groups = Map.groupBy(launches, ({ tenant }) => JSON.stringify(projectRegion(tenant.job)));
  const results = await Promise.allSettled(
    [...groups.values()].map((group) => launchLocation(group, launched, context)),
  );
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (failures.length > 0) throw new AggregateError(failures, 'slots could not be reserved');
  return launched;
}

/** Launches the tenants of one location, which share one quota. */
async function launchLocation(
  group: readonly TenantLaunch[],
  launched: Launched,
  context: LaunchContext,
): Promise<void> {
  const { gate, deps, deadline } = context;
  const location = projectRegion(group[0]?.tenant.job ?? '');
  const dismissals: Promise<void>[] = [];
  const rules = { policy: context.policy, clock: deps.clock };
  const queue = new LaunchQueue(rotated(group, deps.owner), gate, rules, (launch, why) => {
    if (why === 'blocked') dismissals.push(dropLaunch(launch, why, launched, context));
    else count(launched, launch, why);
  });
  const useSlot = (slot: LaunchSlot) => useSlotFor(queue, slot, launched, context);
  try {
    await scheduleLaunches({ location, queue, gate, useSlot }, deps, deadline);
  } finally {
    for (const launch of queue.rest()) dismissals.push(dropLaunch(launch, 'pending', launched, context));
    await Promise.all(dismissals);
  }
}

/** Counts a launch that leaves the queue unused, and releases its claim. */
async function dropLaunch(
  launch: TenantLaunch,
  why: 'blocked' | 'pending',
  launched: Launched,
  { deps, policy }: LaunchContext,
): Promise<void> {
  count(launched, launch, why);
  try {
    await dismiss(launch, why === 'blocked' ? stopped : tooLate, deps, policy);
  } catch (error) {
    deps.log.warn('claim not released', { ...launchFields(launch), error: String(error) });
  }
}

/** Gives the slot to the first launch that uses it. */
async function useSlotFor(
  queue: LaunchQueue,
  slot: LaunchSlot,
  launched: Launched,
  context: LaunchContext,
): Promise<void> {
  while (!isExpired(slot, context.deps.clock.now())) {
    const launch = queue.next();
    if (launch === undefined) return;
    const { result, isSlotUsed, retry } = await attempt(launch, slot, context);
    if (result === 'conflict') queue.conflict(launch);
    else if (retry === undefined) count(launched, launch, result);
    else if (isSlotUsed) queue.append(retry);
    else queue.prepend(retry);
    if (isSlotUsed || retry !== undefined) return;
  }
}

async function attempt(
  launch: TenantLaunch,
  slot: LaunchSlot,
  { gate, deps, policy }: LaunchContext,
): Promise<Attempt> {
  try {
    return await launchTenant(launch, { slot, gate }, deps, policy);
  } catch (error) {
    deps.log.warn('launch interrupted', { ...launchFields(launch), error: String(error) });
    return { result: 'ambiguous', isSlotUsed: true };
  }
}

function count({ counts, unconfirmed }: Launched, { tenant }: TenantLaunch, result: LaunchResult): void {
  counts[result]++;
  if (result !== 'launched' && result !== 'rejected') unconfirmed.push(tenant.tenant);
}

/** Starts at a tenant that depends on the process, because two with the same order would conflict at every tenant. */
function rotated<T>(launches: readonly T[], owner: string): T[] {
  const start =
    [...owner].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 65_521, 0) % launches.length;
  return [...launches.slice(start), ...launches.slice(0, start)];
}
