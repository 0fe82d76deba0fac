import type { RetryPolicy } from '../../core/launch/backoff.ts';
import type { GatheredFleet } from '../rollout/read-fleet.ts';
import { type AdmitDeps, admitLaunches, endRollout } from './admit.ts';
import type { RunningRoom } from './capacity.ts';
import type { LaunchOrder } from './claim.ts';
import type { LaunchGate } from './gate.ts';
import { type LaunchDeps, type LaunchTally, launchTenants } from './launch-fleet.ts';

/** What all launches of one reconcile share. */
export type Launching = {
  fleet: GatheredFleet;
  gate: LaunchGate;
  room: RunningRoom;
  deps: LaunchDeps & AdmitDeps;
  policy: RetryPolicy;
  deadline: Date;
  isWholeFleet: boolean;
  isRoutine: boolean;
};

/** What became of a reconcile's launches. */
export type LaunchStage = {
  tally: LaunchTally;
  /** The tenants whose launch is not known to be made. */
  waiting: string[];
  /** A job for each launch that was admitted. */
  admitted: string[];
  /** Above the cap of running executions. */
  deferred: LaunchOrder[];
  /** Left to the reconcile that launches this fleet already. */
  delegated: LaunchOrder[];
};

export const noLaunches: LaunchStage = {
  tally: { launched: 0, lost: 0, rejected: 0, unknown: 0, waiting: 0, stopped: 0 },
  waiting: [],
  admitted: [],
  deferred: [],
  delegated: [],
};

/**
 * Makes the launches that are admitted. A rollout that lacked quota or time is continued by message, and is not ended in
 * between.
 *
 * @param running a job or execution name for each execution of the fleet that runs.
 */
export async function launchAdmitted(
  orders: readonly LaunchOrder[],
  running: readonly string[],
  { fleet, gate, room, deps, policy, deadline, isWholeFleet, isRoutine }: Launching,
): Promise<LaunchStage> {
  const wanted = { fleet, orders, running, isWholeFleet, isRoutine };
  const { admitted, deferred, delegated, isRollout } = await admitLaunches(wanted, room, deps, policy);
  let isContinued = false;
  try {
    const launched = await launchTenants(admitted, gate, deps, policy, deadline);
    isContinued = launched.tally.waiting > 0;
    return { ...launched, admitted: admitted.map(({ tenant }) => tenant.job), deferred, delegated };
  } finally {
    if (isRollout && !isContinued) await endRollout(fleet.runtime, deps);
  }
}

/** Both stages' launches together; the later stage took up what the earlier had deferred. */
export function bothStages(earlier: LaunchStage, later: LaunchStage): LaunchStage {
  const kinds = Object.keys(earlier.tally) as (keyof LaunchTally)[];
  const sums = kinds.map((kind) => [kind, earlier.tally[kind] + later.tally[kind]]);
  return {
    tally: Object.fromEntries(sums) as LaunchTally,
    waiting: [...earlier.waiting, ...later.waiting],
    admitted: [...earlier.admitted, ...later.admitted],
    deferred: later.deferred,
    delegated: [...earlier.delegated, ...later.delegated],
  };
}
