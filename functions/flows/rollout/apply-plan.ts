import pMap from 'p-map';
import { assignedNow } from '../../core/records/assignment.ts';
import { launchRecord } from '../../core/records/launch.ts';
import { type FleetSnapshot, generationOf } from '../../core/rollout/fleet-snapshot.ts';
import type { Action } from '../../core/rollout/reconcile.ts';
import type { Assignments } from '../../ports/fleet.ts';
import type { Launches } from '../../ports/launcher.ts';
import type { Clock, Log } from '../../ports/system.ts';
import type { LaunchGate } from '../launch/gate.ts';

export type ApplyDeps = { assignments: Assignments; launches: Launches; clock: Clock; log: Log };

export type ApplyResult = {
  recorded: number;
  /** CAS conflicts of records: another process recorded the tenant first, most often the same. */
  conflicts: number;
  /** CAS conflicts of moves: another process wrote the assignment first. */
  reassigned: number;
  failed: number;
  /** Tenants whose requested relaunch could not be written. */
  unsavedRelaunches: string[];
};

export const noWrites: ApplyResult = { recorded: 0, conflicts: 0, reassigned: 0, failed: 0, unsavedRelaunches: [] };

export function mergeResults(one: ApplyResult, other: ApplyResult): ApplyResult {
  return {
    recorded: one.recorded + other.recorded,
    conflicts: one.conflicts + other.conflicts,
    reassigned: one.reassigned + other.reassigned,
    failed: one.failed + other.failed,
    unsavedRelaunches: [...one.unsavedRelaunches, ...other.unsavedRelaunches],
  };
}

const CONCURRENCY = 20;

/** Writes every action of a plan except its launches. A failed write does not cancel the others. */
export async function applyPlan(
  actions: readonly Action[],
  fleet: FleetSnapshot,
  gate: LaunchGate,
  deps: ApplyDeps,
): Promise<ApplyResult> {
  const written: ApplyResult = { ...noWrites, unsavedRelaunches: [] };
  await pMap(
    actions.filter(({ kind }) => kind !== 'launch'),
    async (action) => {
      try {
        const result = await writeOne(action, fleet, gate, deps);
        if (result !== 'blocked') written[result]++;
        if (action.kind === 'reopen' && result !== 'recorded') written.unsavedRelaunches.push(action.tenant.tenant);
      } catch (error) {
        written.failed++;
        if (action.kind === 'reopen') written.unsavedRelaunches.push(action.tenant.tenant);
        deps.log.warn('action failed', { kind: action.kind, tenant: action.tenant.tenant, error: String(error) });
      }
    },
    { concurrency: CONCURRENCY },
  );
  return written;
}

async function writeOne(
  action: Action,
  fleet: FleetSnapshot,
  gate: LaunchGate,
  deps: ApplyDeps,
): Promise<'recorded' | 'conflicts' | 'reassigned' | 'blocked'> {
  switch (action.kind) {
    case 'assign':
      if (!(await gate.canAssign(action.next))) return 'blocked';
      return (await writeAssignment(action, fleet, deps)) ? 'recorded' : 'reassigned';
    case 'record':
    case 'reopen':
      return (await writeAssignment(action, fleet, deps)) ? 'recorded' : 'conflicts';
    case 'record-launch': {
      await deps.launches.create(launchRecord(action.assignment, action.execution, deps.clock.now()));
      return 'recorded';
    }
    case 'launch':
      return 'blocked';
    default:
      return action satisfies never;
  }
}

async function writeAssignment(
  { tenant, next }: Extract<Action, { next: unknown }>,
  fleet: FleetSnapshot,
  deps: ApplyDeps,
): Promise<boolean> {
  const assignment = assignedNow(next, deps.clock.now());
  return (await deps.assignments.write(assignment, generationOf(fleet, tenant.tenant))) !== 'conflict';
}
