import type { Evidence } from '../core/judge.ts';
import { type Action, type Plan, reconcile } from '../core/reconcile.ts';
import { type Requeue, requeueAfter } from '../core/requeue.ts';
import type { RetryPolicy } from '../core/retry-policy.ts';
import type { Tenant } from '../core/tenant.ts';
import type { FleetRegistry } from '../ports/fleet.ts';
import type { Pins } from '../ports/pins.ts';
import type { ReconcileStates } from '../ports/reconcile-states.ts';
import { type Admission, admitLaunches, endRollout } from './admit-launches.ts';
import { type EvidenceDeps, gatherEvidence, isUnsettled } from './gather-evidence.ts';
import { assignmentsOf, type GatheredFleet, gatherFleet, generationOf } from './gather-fleet.ts';
import type { LaunchOrder } from './launch-claim.ts';
import { createLaunchGate, type LaunchGate } from './launch-gate.ts';
import { type LaunchDeps, type Launched, type LaunchTally, launchTenants } from './launch-tenants.ts';
import { RunningRoom } from './running-room.ts';
import { type Written, writeActions } from './write-actions.ts';

export type PassDeps = LaunchDeps & EvidenceDeps & { pins: Pins; fleet: FleetRegistry; reconciles: ReconcileStates };

export type PassRequest = {
  runtime: string;
  /** Absent: every tenant of the runtime. */
  tenants?: readonly string[];
  /** An operator asks to try again what failed. */
  relaunch: boolean;
  /** When the operator asked; absent: now. */
  requestedAt?: Date;
  /** First launches are left to a reconcile that makes them already: the scheduler or a receipt asked for this one. */
  isRoutine?: boolean;
  /** A receipt asked, whose verdict is recorded: the evidence of other runs is left to the scheduled recheck. */
  isPrompted?: boolean;
  /** Reconciles in a row before this one that met conflicts and got nothing done. */
  conflicts?: number;
  /** The pass stops cleanly before it. */
  deadline: Date;
};

export type PassReport = Omit<Written, 'unopened'> & {
  runtime: string;
  tenants: number;
  launches: LaunchTally;
  /** Due, but as many run as may: they are launched when others have ended. */
  later: number;
  /** Due, and left to the pass that launches this fleet already. */
  left: number;
  /** These keep their pin, because their target is revoked or has more failures than it may. */
  blocked: number;
  /** Whose launch is yet to be made, or not known to be: an operator's wish for them is not fulfilled. */
  waiting: string[];
  /** A freeze or a lockdown is in force. */
  frozen: boolean;
  goOn: boolean;
  requeue: Requeue | undefined;
};

/**
 * One reconcile of a runtime: read all, decide purely, perform. Two passes at once do no harm: every write is a CAS.
 *
 * @param room shared by the passes of one invocation.
 */
export async function runPass(
  request: PassRequest,
  deps: PassDeps,
  policy: RetryPolicy,
  room = new RunningRoom(deps.quota.maxRunning),
): Promise<PassReport> {
  const readAt = deps.clock.now();
  const fleet = await gatherFleet(request.runtime, deps);
  for (const { object, why } of fleet.unreadable) {
    deps.log.error('stored object cannot be read', { runtime: request.runtime, object, why });
  }
  const gate = createLaunchGate(fleet, readAt, deps);
  const plan = await planFor(request, fleet, deps, policy);
  for (const ignored of plan.ignored) deps.log.warn('receipt ignored', ignored);
  const { unopened, ...written } = await writeActions(plan.actions, fleet, gate, deps);
  const orders = plan.actions.flatMap((action) => orderOf(action, fleet));
  const scope = { isWholeFleet: request.tenants === undefined, isRoutine: request.isRoutine ?? false };
  const admission = await admitLaunches({ fleet, orders, running: plan.running, ...scope }, room, deps, policy);
  const { tally, waiting } = await launchAdmitted(admission, gate, request, deps, policy);
  const open = [...waiting, ...admission.deferred.map(({ tenant }) => tenant.tenant), ...unopened];
  // Names stay out of the report's log line, which is no place for thousands.
  const report = {
    runtime: request.runtime,
    tenants: selectedTenants(request, fleet).length,
    ...written,
    launches: tally,
    later: admission.deferred.length,
    left: admission.delegated.length,
    blocked: plan.blocked.length,
    frozen: fleet.frozen,
  };
  const requeue = requeueOf(request, { ...report, waiting: open }, deps.clock.now());
  deps.log.info('pass done', { ...report, goOn: requeue !== undefined });
  return { ...report, waiting: open, goOn: requeue !== undefined, requeue };
}

async function planFor(request: PassRequest, fleet: GatheredFleet, deps: PassDeps, policy: RetryPolicy): Promise<Plan> {
  const selected = request.tenants === undefined ? 'all' : new Set(request.tenants);
  const evidence = request.isPrompted ? new Map() : await evidenceOf(request, fleet, deps, policy);
  const now = deps.clock.now();
  const relaunch = { relaunch: relaunchOf(request), relaunchBefore: request.requestedAt ?? now };
  return reconcile({ ...fleet, selected, assignments: assignmentsOf(fleet), evidence, ...relaunch }, policy, now);
}

/** A rollout that lacked quota or time is continued by message, and is not ended in between. */
async function launchAdmitted(
  { admitted, isRollout }: Admission,
  gate: LaunchGate,
  { runtime, deadline }: PassRequest,
  deps: PassDeps,
  policy: RetryPolicy,
): Promise<Launched> {
  let isContinued = false;
  try {
    const launched = await launchTenants(admitted, gate, deps, policy, deadline);
    isContinued = launched.tally.waiting > 0;
    return launched;
  } finally {
    if (isRollout && !isContinued) await endRollout(runtime, deps);
  }
}

function requeueOf(request: PassRequest, report: Omit<PassReport, 'goOn' | 'requeue'>, now: Date): Requeue | undefined {
  const { launched, rejected, unknown, waiting: pending, lost } = report.launches;
  const result = {
    recorded: report.recorded,
    attempted: launched + rejected + unknown,
    pending,
    conflicts: report.overtaken + lost,
    deferred: report.later,
    open: report.waiting,
  };
  return requeueAfter(request, result, Math.max(0, request.deadline.getTime() - now.getTime()));
}

function selectedTenants({ tenants }: PassRequest, fleet: GatheredFleet): Tenant[] {
  if (tenants === undefined) return fleet.tenants;
  const selected = new Set(tenants);
  return fleet.tenants.filter(({ tenant }) => selected.has(tenant));
}

function relaunchOf({ relaunch, tenants }: PassRequest): ReadonlySet<string> | 'failed' | 'none' {
  if (!relaunch) return 'none';
  return tenants === undefined ? 'failed' : new Set(tenants);
}

function evidenceOf(
  request: PassRequest,
  fleet: GatheredFleet,
  deps: PassDeps,
  policy: RetryPolicy,
): Promise<Map<string, Evidence>> {
  const unsettled = selectedTenants(request, fleet).flatMap((tenant) => {
    const assignment = fleet.stored.get(tenant.tenant)?.value;
    return assignment !== undefined && isUnsettled(assignment) ? [{ tenant, assignment }] : [];
  });
  return gatherEvidence(unsettled, deps, policy, request.deadline);
}

function orderOf(action: Action, fleet: GatheredFleet): LaunchOrder[] {
  if (action.kind !== 'launch') return [];
  const { kind, ...order } = action;
  return [{ ...order, expected: generationOf(fleet, order.tenant.tenant) }];
}
