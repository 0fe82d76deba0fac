import type { EvaluationContext, RetryPolicy } from '../../core/launch/backoff.ts';
import { activeLocations } from '../../core/launch/contention.ts';
import {
  isCountCurrent,
  type LocationCounts,
  newReconcileState,
  type ReconcileState,
  withoutRollout,
  withRollout,
} from '../../core/records/reconcile-state.ts';
import { locationOf } from '../../core/records/tenant.ts';
import type { FleetSnapshot } from '../../core/rollout/fleet-snapshot.ts';
import type { ReconcileStates } from '../../ports/reconcile-states.ts';
import type { Clock, Log } from '../../ports/system.ts';
import type { ExecutionBudget } from './capacity.ts';
import type { TenantLaunch } from './claim.ts';
import { updateState } from './reconcile-states.ts';

export type AdmitDeps = { reconciles: ReconcileStates; clock: Clock; log: Log; owner: string };

export type AdmissionRequest = {
  fleet: FleetSnapshot;
  launches: readonly TenantLaunch[];
  /** A job or execution name for each execution of the fleet that runs. */
  running: readonly string[];
  /** The request names no tenants. */
  isWholeFleet: boolean;
  /** First launches are delegated to a reconcile that already makes them. */
  isRoutine: boolean;
};

export type Admission = {
  admitted: TenantLaunch[];
  /** Above the cap of running executions. */
  deferred: TenantLaunch[];
  /** Delegated to the reconcile that already launches this fleet. */
  delegated: TenantLaunch[];
  /** Other reconciles leave first launches to this one until `endRollout`. */
  isRollout: boolean;
};

/** Decides which launches this reconcile makes, and publishes its counts and rollout to other reconciles. */
export async function admitLaunches(
  wanted: AdmissionRequest,
  budget: ExecutionBudget,
  deps: AdmitDeps,
  policy: RetryPolicy,
): Promise<Admission> {
  const { runtime } = wanted.fleet;
  const states = (await deps.reconciles.list()).map(({ value }) => value);
  const state = states.find((one) => one.runtime === runtime) ?? newReconcileState(runtime);
  const now = deps.clock.now();
  const { own, delegated } = delegate(wanted.launches, state, wanted, { owner: deps.owner, policy, now });
  const { admitted, deferred, running } = budget.admit(runtime, own, wanted.running, { states, now });
  const first = admitted.filter(isFirstClaim);
  const isRollout = wanted.isWholeFleet && first.length > 0;
  const admission = { admitted, deferred, delegated, isRollout };
  if (!isRollout && isCountCurrent(state, running, now)) return admission;
  return recordAdmission(admission, running, wanted, deps, policy);
}

/** Ends the rollout that other reconciles delegate first launches to. */
export async function endRollout(runtime: string, deps: AdmitDeps): Promise<void> {
  await tryUpdate(runtime, (state) => withoutRollout(state, deps.owner), deps);
}

/** Writes the counts and the rollout. A routine reconcile delegates instead if another rollout began meanwhile. */
async function recordAdmission(
  admission: Admission,
  running: LocationCounts,
  wanted: AdmissionRequest,
  deps: AdmitDeps,
  policy: RetryPolicy,
): Promise<Admission> {
  const now = deps.clock.now();
  const locations = [...new Set(admission.admitted.filter(isFirstClaim).map(({ tenant }) => locationOf(tenant.job)))];
  const rollout = { owner: deps.owner, startedAt: now.toISOString(), locations };
  let split = { own: admission.admitted, delegated: [] as TenantLaunch[] };
  await tryUpdate(
    wanted.fleet.runtime,
    (state) => {
      split = delegate(admission.admitted, state, wanted, { owner: deps.owner, policy, now });
      const counted = { ...state, running, countedAt: now.toISOString() };
      return admission.isRollout && split.own.some(isFirstClaim) ? withRollout(counted, rollout, now) : counted;
    },
    deps,
  );
  return {
    ...admission,
    admitted: split.own,
    delegated: [...admission.delegated, ...split.delegated],
    isRollout: admission.isRollout && split.own.some(isFirstClaim),
  };
}

/** Splits launches, because two reconciles with the same tenants would meet a CAS conflict at every claim. */
function delegate(
  launches: readonly TenantLaunch[],
  { rollouts }: ReconcileState,
  { fleet, isRoutine }: AdmissionRequest,
  { owner, ...context }: EvaluationContext & { owner: string },
): { own: TenantLaunch[]; delegated: TenantLaunch[] } {
  const others = isRoutine ? rollouts.filter((rollout) => rollout.owner !== owner) : [];
  const active = activeLocations(others, fleet, context);
  const isDelegated = (launch: TenantLaunch) => isFirstClaim(launch) && active.has(locationOf(launch.tenant.job));
  return { own: launches.filter((launch) => !isDelegated(launch)), delegated: launches.filter(isDelegated) };
}

/** A tenant that was claimed before is not part of another reconcile's rollout, so it is retried here. */
function isFirstClaim({ next }: TenantLaunch): boolean {
  return next.launchId === null;
}

/** Logs a failed update and goes on: the state saves work, and claims alone keep launches unique. */
async function tryUpdate(
  runtime: string,
  change: (state: ReconcileState) => ReconcileState | undefined,
  { reconciles, log }: AdmitDeps,
): Promise<void> {
  try {
    await updateState(runtime, change, reconciles);
  } catch (error) {
    log.warn('reconcile state not written', { runtime, error: String(error) });
  }
}
