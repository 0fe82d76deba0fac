import {
  countsByLocation,
  isCountCurrent,
  runningElsewhere,
  sumCounts,
  withinRunningCap,
} from '../../core/launch/capacity.ts';
import { activeLocations, withoutRollout, withRollout } from '../../core/launch/contention.ts';
import type { EvaluationContext, RetryPolicy } from '../../core/launch/retry-policy.ts';
import { type LocationCounts, newReconcileState, type ReconcileState } from '../../core/records/reconcile-state.ts';
import { locationOf } from '../../core/records/tenant.ts';
import type { FleetSnapshot } from '../../core/rollout/fleet-snapshot.ts';
import type { ReconcileStates } from '../../ports/reconcile-states.ts';
import type { Clock, Log } from '../../ports/system.ts';
import type { TenantLaunch } from './claim.ts';

type AdmitDeps = { reconciles: ReconcileStates; clock: Clock; log: Log; owner: string };

export type AdmissionContext = {
  request: {
    /** Absent: the whole fleet. */
    tenants?: readonly string[];
    /** The scheduler or a receipt asked: first launches are delegated to a reconcile that already makes them. */
    isRoutine?: boolean;
  };
  fleet: FleetSnapshot;
  budget: ExecutionBudget;
  deps: AdmitDeps;
  policy: RetryPolicy;
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

/**
 * Decides which launches this reconcile makes, and publishes its counts and rollout to other reconciles.
 *
 * @param running a job or execution name for each execution of the fleet that runs.
 */
export async function admitLaunches(
  launches: readonly TenantLaunch[],
  running: readonly string[],
  context: AdmissionContext,
): Promise<Admission> {
  const { request, fleet, budget, deps, policy } = context;
  const states = await readStates(launches, fleet.runtime, deps);
  const state = states.find(({ runtime }) => runtime === fleet.runtime) ?? newReconcileState(fleet.runtime);
  const now = deps.clock.now();
  const { own, delegated } = delegate(launches, state, context, { policy, now });
  const { counts, ...split } = budget.admit(fleet.runtime, own, running, { states, now });
  const isRollout = request.tenants === undefined && split.admitted.some(isFirstClaim);
  const admission = { ...split, delegated, isRollout };
  if (!isRollout && isCountCurrent(state, counts, now)) return admission;
  return recordAdmission(admission, counts, context);
}

/** The other runtimes' counts matter only to launches. */
async function readStates(
  launches: readonly TenantLaunch[],
  runtime: string,
  { reconciles }: AdmitDeps,
): Promise<ReconcileState[]> {
  if (launches.length > 0) return (await reconciles.list()).map(({ value }) => value);
  const own = await reconciles.read(runtime);
  return own === undefined ? [] : [own.value];
}

/** Ends the rollout that other reconciles delegate first launches to. */
export async function endRollout(runtime: string, deps: AdmitDeps): Promise<void> {
  await updateState(runtime, (state) => withoutRollout(state, deps.owner), deps);
}

/** Writes the counts and the rollout. A routine reconcile delegates instead if another rollout began meanwhile. */
async function recordAdmission(
  admission: Admission,
  running: LocationCounts,
  context: AdmissionContext,
): Promise<Admission> {
  const { fleet, deps, policy } = context;
  const now = deps.clock.now();
  const locations = [...new Set(admission.admitted.filter(isFirstClaim).map(({ tenant }) => locationOf(tenant.job)))];
  const rollout = { owner: deps.owner, startedAt: now.toISOString(), locations };
  let split = { own: admission.admitted, delegated: [] as TenantLaunch[] };
  const isRollout = () => admission.isRollout && split.own.some(isFirstClaim);
  await updateState(
    fleet.runtime,
    (state) => {
      split = delegate(admission.admitted, state, context, { policy, now });
      const counted = { ...state, running, countedAt: now.toISOString() };
      return isRollout() ? withRollout(counted, rollout, now) : counted;
    },
    deps,
  );
  const delegated = [...admission.delegated, ...split.delegated];
  return { ...admission, admitted: split.own, delegated, isRollout: isRollout() };
}

/** Splits launches, because two reconciles with the same tenants would meet a CAS conflict at every claim. */
function delegate(
  launches: readonly TenantLaunch[],
  { rollouts }: ReconcileState,
  { request, fleet, deps }: AdmissionContext,
  evaluation: EvaluationContext,
): { own: TenantLaunch[]; delegated: TenantLaunch[] } {
  const others = request.isRoutine ? rollouts.filter(({ owner }) => owner !== deps.owner) : [];
  const active = activeLocations(others, fleet, evaluation);
  const isDelegated = (launch: TenantLaunch) => isFirstClaim(launch) && active.has(locationOf(launch.tenant.job));
  return { own: launches.filter((launch) => !isDelegated(launch)), delegated: launches.filter(isDelegated) };
}

/** A tenant that was claimed before is not part of another reconcile's rollout, so it is retried here. */
function isFirstClaim({ next }: TenantLaunch): boolean {
  return next.launchId === null;
}

const MAX_RACES = 5;

/**
 * Changes a runtime's reconcile state by CAS, and retries with the newest state after a conflict. A failure is logged only:
 * the state saves work, and claims alone keep launches unique.
 *
 * @param change returns undefined if there is nothing to write.
 */
async function updateState(
  runtime: string,
  change: (state: ReconcileState) => ReconcileState | undefined,
  { reconciles, log }: AdmitDeps,
): Promise<void> {
  try {
    for (let race = 0; race < MAX_RACES; race++) {
      const stored = await reconciles.read(runtime);
      const after = change(stored?.value ?? newReconcileState(runtime));
      if (after === undefined) return;
      if ((await reconciles.write(after, stored?.generation ?? null)) === 'written') return;
    }
    throw new Error(`the reconcile state of ${runtime} changed ${MAX_RACES} times while it was written`);
  } catch (error) {
    log.warn('reconcile state not written', { runtime, error: String(error) });
  }
}

/**
 * Running-executions budget, shared by the reconciles of one invocation.
 *
 * Other runtimes count as their newest reconcile counted them. Best effort across processes; Cloud Run's RESOURCE_EXHAUSTED
 * is the hard limit.
 */
export class ExecutionBudget {
  readonly #maxRunning: number;
  readonly #counted = new Map<string, LocationCounts>();

  constructor(maxRunning: number) {
    this.#maxRunning = maxRunning;
  }

  /** Admits the launches that fit below the cap, and counts them as running from now on. */
  admit(
    runtime: string,
    launches: readonly TenantLaunch[],
    running: readonly string[],
    { states, now }: { states: readonly ReconcileState[]; now: Date },
  ): { admitted: TenantLaunch[]; deferred: TenantLaunch[]; counts: LocationCounts } {
    const isCounted = (other: string) => other === runtime || this.#counted.has(other);
    const beside = [...this.#counted].filter(([other]) => other !== runtime).map(([, counts]) => counts);
    const elsewhere = [...beside, ...runningElsewhere(states, isCounted, now)];
    const own = countsByLocation(running);
    const split = withinRunningCap(launches, sumCounts([own, ...elsewhere]), this.#maxRunning);
    const counts = sumCounts([own, countsByLocation(split.admitted.map(({ tenant }) => tenant.job))]);
    this.#counted.set(runtime, counts);
    return { ...split, counts };
  }
}
