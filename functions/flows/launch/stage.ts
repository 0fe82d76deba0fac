import type { RetryPolicy } from '../../core/launch/backoff.ts';
import type { FleetSnapshot } from '../../core/rollout/fleet-snapshot.ts';
import { type AdmitDeps, admitLaunches, endRollout } from './admit.ts';
import type { ExecutionBudget } from './capacity.ts';
import type { TenantLaunch } from './claim.ts';
import type { LaunchGate } from './gate.ts';
import { type LaunchCounts, type LaunchDeps, launchFleet } from './launch-fleet.ts';

/** Shared by all launches of one reconcile. */
export type Launching = {
  fleet: FleetSnapshot;
  gate: LaunchGate;
  budget: ExecutionBudget;
  deps: LaunchDeps & AdmitDeps;
  policy: RetryPolicy;
  deadline: Date;
  isWholeFleet: boolean;
  isRoutine: boolean;
};

/** The results of a reconcile's launches. */
export type LaunchStage = {
  counts: LaunchCounts;
  /** The tenants whose launch is not confirmed. */
  unconfirmed: string[];
  /** A job for each launch that was admitted. */
  admitted: string[];
  /** Above the cap of running executions. */
  deferred: TenantLaunch[];
  /** Delegated to the reconcile that already launches this fleet. */
  delegated: TenantLaunch[];
};

export const noLaunches: LaunchStage = {
  counts: { launched: 0, conflict: 0, rejected: 0, ambiguous: 0, pending: 0, blocked: 0 },
  unconfirmed: [],
  admitted: [],
  deferred: [],
  delegated: [],
};

/**
 * Makes the launches that are admitted. A rollout that lacked quota or time is requeued, so it does not end here.
 *
 * @param running a job or execution name for each execution of the fleet that runs.
 */
export async function launchAdmitted(
  launches: readonly TenantLaunch[],
  running: readonly string[],
  { fleet, gate, budget, deps, policy, deadline, isWholeFleet, isRoutine }: Launching,
): Promise<LaunchStage> {
  const wanted = { fleet, launches, running, isWholeFleet, isRoutine };
  const { admitted, deferred, delegated, isRollout } = await admitLaunches(wanted, budget, deps, policy);
  let isContinued = false;
  try {
    const launched = await launchFleet(admitted, { gate, deps, policy, deadline });
    isContinued = launched.counts.pending > 0;
    return { ...launched, admitted: admitted.map(({ tenant }) => tenant.job), deferred, delegated };
  } finally {
    if (isRollout && !isContinued) await endRollout(fleet.runtime, deps);
  }
}

/** Sums both stages. The later stage's launches include those that the earlier one deferred. */
export function mergeStages(earlier: LaunchStage, later: LaunchStage): LaunchStage {
  const kinds = Object.keys(earlier.counts) as (keyof LaunchCounts)[];
  const sums = kinds.map((kind) => [kind, earlier.counts[kind] + later.counts[kind]]);
  return {
    counts: Object.fromEntries(sums) as LaunchCounts,
    unconfirmed: [...earlier.unconfirmed, ...later.unconfirmed],
    admitted: [...earlier.admitted, ...later.admitted],
    deferred: later.deferred,
    delegated: [...earlier.delegated, ...later.delegated],
  };
}
