import type { Evidence } from '../core/judge.ts';
import { isRolledOutElsewhere } from '../core/live-rollout.ts';
import { type Action, reconcile } from '../core/reconcile.ts';
import type { RetryPolicy } from '../core/retry-policy.ts';
import type { Tenant } from '../core/tenant.ts';
import type { FleetRegistry } from '../ports/fleet.ts';
import type { Pins } from '../ports/pins.ts';
import { brakeFor } from './brake.ts';
import { type EvidenceDeps, gatherEvidence, isUnsettled } from './gather-evidence.ts';
import { assignmentsOf, type GatheredFleet, gatherFleet, generationOf } from './gather-fleet.ts';
import type { LaunchOrder } from './launch-one.ts';
import { type LaunchDeps, type LaunchTally, launchTenants } from './launch-tenants.ts';
import { RunningRoom } from './running-room.ts';
import { type Written, writeActions } from './write-actions.ts';

export type PassDeps = LaunchDeps & EvidenceDeps & { pins: Pins; fleet: FleetRegistry };

export type PassRequest = {
  runtime: string;
  /** Absent: every tenant of the runtime. */
  tenants?: readonly string[];
  /** An operator asks to try again what failed. */
  relaunch: boolean;
  /** When the operator asked; absent: now. */
  requestedAt?: Date;
  /** First launches are left to whoever is making them already: a pass that nobody in particular asked for. */
  isRoutine?: boolean;
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
  room = new RunningRoom(deps),
): Promise<PassReport> {
  const readAt = deps.clock.now();
  const fleet = await gatherFleet(request.runtime, deps);
  for (const { object, why } of fleet.unreadable) {
    deps.log.error('stored object cannot be read', { runtime: request.runtime, object, why });
  }
  const selected = request.tenants === undefined ? 'all' : new Set(request.tenants);
  const brake = brakeFor(request.runtime, { ...fleet, readAt }, deps);
  const tenants = fleet.tenants.filter(({ tenant }) => selected === 'all' || selected.has(tenant));
  const evidence = await evidenceOf(tenants, fleet, deps, policy, request.deadline);
  const now = deps.clock.now();
  const relaunchBefore = request.requestedAt ?? now;
  const plan = reconcile(
    { ...fleet, selected, assignments: assignmentsOf(fleet), evidence, relaunch: relaunchOf(request), relaunchBefore },
    policy,
    now,
  );
  for (const ignored of plan.ignored) deps.log.warn('receipt ignored', ignored);
  // Names stay out of the report's log line, which is no place for thousands.
  const { unopened, ...written } = await writeActions(plan.actions, fleet, brake, deps);
  const orders = plan.actions.flatMap((action) => orderOf(action, fleet));
  const own = ownOrders(orders, request, fleet, deps, policy);
  const { room: admitted, later } = await room.take(request.runtime, own, plan.running);
  const { tally, waiting } = await launchTenants(admitted, brake, deps, policy, request.deadline);
  const open = [...waiting, ...later.map(({ tenant }) => tenant.tenant), ...unopened];
  const report = {
    runtime: request.runtime,
    tenants: tenants.length,
    ...written,
    launches: tally,
    later: later.length,
    left: orders.length - own.length,
    blocked: plan.blocked.length,
    frozen: fleet.frozen,
    goOn: isToGoOn(request, written, tally, later.length, open.length),
  };
  deps.log.info('pass done', report);
  return { ...report, waiting: open };
}

/**
 * Two passes that launch the same fleet would meet at every tenant, and each would hold its function until the end. What was
 * claimed before is not on that pass's list: it is tried again here.
 */
function ownOrders(
  orders: LaunchOrder[],
  { isRoutine }: PassRequest,
  fleet: GatheredFleet,
  { owner, clock }: PassDeps,
  policy: RetryPolicy,
): LaunchOrder[] {
  if (!isRoutine || !isRolledOutElsewhere(assignmentsOf(fleet).values(), owner, policy, clock.now())) return orders;
  return orders.filter(({ next }) => next.launchId !== null);
}

/**
 * While quota or time was lacking; while there is progress, because what was launched will make room; and where somebody
 * else was faster to move or launch a tenant, because he may have known less. It comes to an end: every tenant is launched once
 * a pause, and a race is only lost where somebody else got on. An operator's wish stands nowhere else: it goes on until each
 * tenant was launched, or stands open in its assignment.
 */
function isToGoOn(
  { relaunch }: PassRequest,
  { overtaken }: Pick<Written, 'overtaken'>,
  { waiting, launched, lost }: LaunchTally,
  later: number,
  open: number,
): boolean {
  if (relaunch) return open > 0;
  return waiting > 0 || (later > 0 && launched > 0) || overtaken + lost > 0;
}

function relaunchOf({ relaunch, tenants }: PassRequest): ReadonlySet<string> | 'failed' | 'none' {
  if (!relaunch) return 'none';
  return tenants === undefined ? 'failed' : new Set(tenants);
}

function evidenceOf(
  tenants: readonly Tenant[],
  fleet: GatheredFleet,
  deps: PassDeps,
  policy: RetryPolicy,
  deadline: Date,
): Promise<Map<string, Evidence>> {
  const unsettled = tenants.flatMap((tenant) => {
    const assignment = fleet.stored.get(tenant.tenant)?.value;
    return assignment !== undefined && isUnsettled(assignment) ? [{ tenant, assignment }] : [];
  });
  return gatherEvidence(unsettled, deps, policy, deadline);
}

function orderOf(action: Action, fleet: GatheredFleet): LaunchOrder[] {
  if (action.kind !== 'launch') return [];
  const { kind, ...order } = action;
  return [{ ...order, expected: generationOf(fleet, order.tenant.tenant) }];
}
