import type { Action, Plan } from './reconcile.ts';
import { type Requeue, type RequeueRequest, requeueAfter } from './requeue.ts';

/**
 * `conflicts`: another process recorded the tenant first, most often the same. `reassigned`: another process wrote the
 * assignment before a move. `blocked`: the gate forbids the assignment.
 */
export type ApplyOutcome = 'recorded' | 'conflicts' | 'reassigned' | 'failed' | 'blocked';

export type AppliedAction = { action: Action; outcome: ApplyOutcome };

/**
 * `launched`: `jobs.run` answered. `conflict`: another reconcile claimed the tenant. `rejected`: the call failed for good.
 * `ambiguous`: the answer was lost, so the claim is kept until it expires. `pending`: quota or time was lacking. `blocked`:
 * the gate forbids the launch.
 */
export type LaunchResult = 'launched' | 'conflict' | 'rejected' | 'ambiguous' | 'pending' | 'blocked';

/** How the launch of a tenant ended. */
export type LaunchEnd = { tenant: string; result: LaunchResult };

type ApplyCounts = Record<Exclude<ApplyOutcome, 'blocked'>, number>;

type DueLaunch = { tenant: { tenant: string } };

/** What a reconcile did. A launch that an earlier stage deferred is part of the next stage. */
export type Reconciled = {
  tenants: number;
  /** A freeze or a lockdown is in force. */
  frozen: boolean;
  plan: Pick<Plan, 'blocked'>;
  applied: readonly AppliedAction[];
  stages: readonly { ends: readonly LaunchEnd[]; deferred: readonly DueLaunch[]; delegated: readonly DueLaunch[] }[];
};

export type ReconcileResult = ApplyCounts & {
  runtime: string;
  tenants: number;
  launches: Record<LaunchResult, number>;
  /** Due, but above the cap of running executions. */
  deferred: number;
  /** Due, and delegated to the reconcile that already launches this fleet. */
  delegated: number;
  /** They keep their pin, because their target is revoked or has more failures than its maxFailures. */
  blocked: number;
  frozen: boolean;
  /** The tenants whose launch is not confirmed: an operator's relaunch of them is not fulfilled. */
  unconfirmed: string[];
  shouldRequeue: boolean;
  requeue: Requeue | undefined;
};

/** What a reconcile did, in numbers, and the messages that continue it. @param remainingMs until its deadline. */
export function reconcileResult(request: RequeueRequest, done: Reconciled, remainingMs: number): ReconcileResult {
  const ends = done.stages.flatMap((stage) => stage.ends);
  const deferred = done.stages.at(-1)?.deferred.map(({ tenant }) => tenant.tenant) ?? [];
  const unconfirmed = [...unconfirmedTenants(ends), ...deferred, ...unsavedRelaunches(done.applied)];
  const applied = countOutcomes(done.applied);
  const launches = countLaunches(ends);
  const progress = {
    recorded: applied.recorded,
    attempted: launches.launched + launches.rejected + launches.ambiguous,
    pending: launches.pending,
    conflicts: applied.reassigned + launches.conflict,
    deferred: deferred.length,
    unconfirmed,
  };
  const requeue = requeueAfter(request, progress, remainingMs);
  return {
    runtime: request.runtime,
    tenants: done.tenants,
    ...applied,
    launches,
    deferred: deferred.length,
    delegated: done.stages.flatMap((stage) => stage.delegated).length,
    blocked: done.plan.blocked.length,
    frozen: done.frozen,
    unconfirmed,
    shouldRequeue: requeue !== undefined,
    requeue,
  };
}

function countOutcomes(applied: readonly AppliedAction[]): ApplyCounts {
  const count = (wanted: ApplyOutcome) => applied.filter(({ outcome }) => outcome === wanted).length;
  return {
    recorded: count('recorded'),
    conflicts: count('conflicts'),
    reassigned: count('reassigned'),
    failed: count('failed'),
  };
}

function countLaunches(ends: readonly LaunchEnd[]): Record<LaunchResult, number> {
  const counts = { launched: 0, conflict: 0, rejected: 0, ambiguous: 0, pending: 0, blocked: 0 };
  for (const { result } of ends) counts[result]++;
  return counts;
}

function unconfirmedTenants(ends: readonly LaunchEnd[]): string[] {
  return ends.filter(({ result }) => result !== 'launched' && result !== 'rejected').map(({ tenant }) => tenant);
}

/** The tenants whose requested relaunch could not be written. */
function unsavedRelaunches(applied: readonly AppliedAction[]): string[] {
  return applied
    .filter(({ action, outcome }) => action.kind === 'reopen' && outcome !== 'recorded')
    .map(({ action }) => action.tenant.tenant);
}
