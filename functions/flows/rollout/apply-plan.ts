import pMap from 'p-map';
import { launchRecord } from '../../core/records/launch.ts';
import type { Action } from '../../core/rollout/reconcile.ts';
import type { AppliedAction, ApplyOutcome } from '../../core/rollout/result.ts';
import type { Assignments } from '../../ports/fleet.ts';
import type { Launches } from '../../ports/launcher.ts';
import type { Clock, Log } from '../../ports/system.ts';
import type { LaunchGate } from '../launch/gate.ts';

export type ApplyDeps = { assignments: Assignments; launches: Launches; clock: Clock; log: Log };

const CONCURRENCY = 20;

/** Writes every action of a plan except its launches. A failed write does not cancel the others. */
export function applyPlan(actions: readonly Action[], gate: LaunchGate, deps: ApplyDeps): Promise<AppliedAction[]> {
  const write = async (action: Action): Promise<AppliedAction> => {
    try {
      return { action, outcome: await writeOne(action, gate, deps) };
    } catch (error) {
      deps.log.warn('action failed', { kind: action.kind, tenant: action.tenant.tenant, error: String(error) });
      return { action, outcome: 'failed' };
    }
  };
  return pMap(
    actions.filter(({ kind }) => kind !== 'launch'),
    write,
    { concurrency: CONCURRENCY },
  );
}

async function writeOne(action: Action, gate: LaunchGate, deps: ApplyDeps): Promise<ApplyOutcome> {
  switch (action.kind) {
    case 'assign':
      if (!(await gate.canAssign(action.next))) return 'blocked';
      return (await writeAssignment(action, deps)) ? 'recorded' : 'reassigned';
    case 'record':
    case 'reopen':
      return (await writeAssignment(action, deps)) ? 'recorded' : 'conflicts';
    case 'record-launch':
      await deps.launches.create(launchRecord(action.assignment, action.execution, deps.clock.now()));
      return 'recorded';
    case 'launch':
      return 'blocked';
    default:
      return action satisfies never;
  }
}

async function writeAssignment(
  { next, expected }: Extract<Action, { next: unknown }>,
  { assignments }: ApplyDeps,
): Promise<boolean> {
  return (await assignments.write(next, expected)) !== 'conflict';
}
