import { isExpired, type LaunchSlot } from '../../core/launch/quota.ts';
import { projectRegion } from '../../core/records/tenant.ts';
import type { LaunchEnd, LaunchResult } from '../../core/rollout/result.ts';
import { type AdmissionContext, admitLaunches, endRollout } from './admit.ts';
import { dismiss, stopped, type TenantLaunch, tooLate } from './claim.ts';
import type { LaunchGate } from './gate.ts';
import {
  type Attempt,
  type LaunchContext,
  type LaunchTenantDeps,
  launchFields,
  launchTenant,
} from './launch-tenant.ts';
import { LaunchQueue } from './queue.ts';
import { scheduleLaunches } from './schedule.ts';

export type LaunchDeps = LaunchTenantDeps & AdmissionContext['deps'];

export type StageContext = AdmissionContext & {
  request: { deadline: Date };
  gate: LaunchGate;
  deps: LaunchDeps;
};

export type LaunchStage = {
  ends: LaunchEnd[];
  admitted: TenantLaunch[];
  /** Above the cap of running executions. */
  deferred: TenantLaunch[];
  /** Delegated to the reconcile that already launches this fleet. */
  delegated: TenantLaunch[];
};

/**
 * Makes the launches that are admitted. A rollout that lacked quota or time is requeued, so it does not end here.
 *
 * @param running a job or execution name for each execution of the fleet that runs.
 */
export async function launchFleet(
  launches: readonly TenantLaunch[],
  running: readonly string[],
  context: StageContext,
): Promise<LaunchStage> {
  const { request, fleet, gate, deps, policy } = context;
  const { isRollout, ...admission } = await admitLaunches(launches, running, context);
  let isContinued = false;
  try {
    const ends = await launchAll(admission.admitted, { gate, deps, policy, deadline: request.deadline });
    isContinued = ends.some(({ result }) => result === 'pending');
    return { ends, ...admission };
  } finally {
    if (isRollout && !isContinued) await endRollout(fleet.runtime, deps);
  }
}

/**
 * Launches each tenant at a slot of its own. A failed or slow tenant neither cancels nor delays the others.
 *
 * @throws AggregateError if slots could not be reserved, after every launch in flight has ended.
 */
async function launchAll(
  launches: readonly TenantLaunch[],
  context: LaunchContext & { deadline: Date },
): Promise<LaunchEnd[]> {
  const groups = Map.groupBy(launches, ({ tenant }) => JSON.stringify(projectRegion(tenant.job)));
  const results = await Promise.allSettled([...groups.values()].map((group) => launchLocation(group, context)));
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (failures.length > 0) throw new AggregateError(failures, 'slots could not be reserved');
  return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
}

/** Launches the tenants of one location, which share one quota. */
async function launchLocation(
  group: readonly TenantLaunch[],
  context: LaunchContext & { deadline: Date },
): Promise<LaunchEnd[]> {
  const { gate, deps } = context;
  const location = projectRegion(group[0]?.tenant.job ?? '');
  const ends: LaunchEnd[] = [];
  const dismissals: Promise<void>[] = [];
  const end = ({ tenant }: TenantLaunch, result: LaunchResult) => ends.push({ tenant: tenant.tenant, result });
  const drop = (launch: TenantLaunch, why: 'blocked' | 'pending') => {
    end(launch, why);
    dismissals.push(releaseDropped(launch, why, context));
  };
  const queue = new LaunchQueue(rotated(group, deps.owner), gate, deps.clock, (launch, why) => {
    if (why === 'blocked') drop(launch, why);
    else end(launch, why);
  });
  const useSlot = (slot: LaunchSlot) => useSlotFor(queue, slot, end, context);
  try {
    await scheduleLaunches({ location, queue, gate, useSlot }, deps, context.deadline);
  } finally {
    for (const launch of queue.rest()) drop(launch, 'pending');
    await Promise.all(dismissals);
  }
  return ends;
}

/** Releases the claim of a launch that leaves the queue unused. */
async function releaseDropped(launch: TenantLaunch, why: 'blocked' | 'pending', context: LaunchContext): Promise<void> {
  try {
    await dismiss(launch, why === 'blocked' ? stopped : tooLate, context);
  } catch (error) {
    context.deps.log.warn('claim not released', { ...launchFields(launch), error: String(error) });
  }
}

/** Gives the slot to the first launch that uses it. */
async function useSlotFor(
  queue: LaunchQueue,
  slot: LaunchSlot,
  end: (launch: TenantLaunch, result: LaunchResult) => void,
  context: LaunchContext,
): Promise<void> {
  while (!isExpired(slot, context.deps.clock.now())) {
    const launch = queue.next();
    if (launch === undefined) return;
    const { result, isSlotUsed, retry } = await attempt(launch, slot, context);
    if (result === 'conflict') queue.conflict(launch);
    else if (retry === undefined) end(launch, result);
    else if (isSlotUsed) queue.append(retry);
    else queue.prepend(retry);
    if (isSlotUsed || retry !== undefined) return;
  }
}

async function attempt(launch: TenantLaunch, slot: LaunchSlot, context: LaunchContext): Promise<Attempt> {
  try {
    return await launchTenant(launch, slot, context);
  } catch (error) {
    context.deps.log.warn('launch interrupted', { ...launchFields(launch), error: String(error) });
    return { result: 'ambiguous', isSlotUsed: true };
  }
}

/** Starts at a tenant that depends on the process, because two with the same order would conflict at every tenant. */
function rotated<T>(launches: readonly T[], owner: string): T[] {
  const start =
    [...owner].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 65_521, 0) % launches.length;
  return [...launches.slice(start), ...launches.slice(0, start)];
}
