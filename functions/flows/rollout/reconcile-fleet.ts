import type { Evidence } from '../../core/adoption/evaluate.ts';
import type { RetryPolicy } from '../../core/launch/backoff.ts';
import { isInFlight } from '../../core/records/assignment.ts';
import type { Tenant } from '../../core/records/tenant.ts';
import { assignmentsOf, type FleetSnapshot, generationOf } from '../../core/rollout/fleet-snapshot.ts';
import { type Plan, reconcile } from '../../core/rollout/reconcile.ts';
import { type Requeue, requeueAfter } from '../../core/rollout/requeue.ts';
import type { FleetRegistry } from '../../ports/fleet.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { ReconcileStates } from '../../ports/reconcile-states.ts';
import { collectEvidence, type EvidenceDeps, needsEvidence } from '../adoption/collect-evidence.ts';
import { ExecutionBudget } from '../launch/capacity.ts';
import type { TenantLaunch } from '../launch/claim.ts';
import { createLaunchGate, type LaunchGate } from '../launch/gate.ts';
import type { LaunchCounts, LaunchDeps } from '../launch/launch-fleet.ts';
import { type Launching, type LaunchStage, launchAdmitted, mergeStages, noLaunches } from '../launch/stage.ts';
import { type ApplyResult, applyPlan, mergeResults, noWrites } from './apply-plan.ts';
import { readFleet } from './read-fleet.ts';

export type ReconcileDeps = LaunchDeps &
  EvidenceDeps & { pins: Ledger; fleet: FleetRegistry; reconciles: ReconcileStates };

export type ReconcileRequest = {
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

export type ReconcileResult = Omit<ApplyResult, 'unsavedRelaunches'> & {
  runtime: string;
  tenants: number;
  launches: LaunchCounts;
  /** Due, but as many run as may: they are launched when others have ended. */
  deferred: number;
  /** Due, and left to the pass that launches this fleet already. */
  delegated: number;
  /** These keep their pin, because their target is revoked or has more failures than it may. */
  blocked: number;
  /** Whose launch is yet to be made, or not known to be: an operator's wish for them is not fulfilled. */
  unconfirmed: string[];
  /** A freeze or a lockdown is in force. */
  frozen: boolean;
  shouldRequeue: boolean;
  requeue: Requeue | undefined;
};

/**
 * One reconcile of a runtime: read all, decide purely, perform. Two passes at once do no harm: every write is a CAS.
 *
 * Launches that need no evidence are made beside gathering it, because one location that hangs must not hold up another's. A
 * tenant that the first plan acts on is not in the second.
 *
 * @param room shared by the passes of one invocation.
 */
export async function reconcileFleet(
  request: ReconcileRequest,
  deps: ReconcileDeps,
  policy: RetryPolicy,
  budget = new ExecutionBudget(deps.quota.maxRunning),
): Promise<ReconcileResult> {
  const readAt = deps.clock.now();
  const fleet = await readFleet(request.runtime, deps);
  for (const { object, why } of fleet.unreadable) {
    deps.log.error('stored object cannot be read', { runtime: request.runtime, object, why });
  }
  const pass: ReconcileContext = { request, fleet, gate: createLaunchGate(fleet, readAt, deps), budget, deps, policy };
  const plan = planFor(decidedTenants(pass), new Map(), pass);
  const unsettled = request.isPrompted ? [] : unsettledOf(selectedTenants(request, fleet), fleet);
  const launches = launchesOf(plan, fleet);
  const isFirst = launches.length > 0 || unsettled.length === 0;
  const [earlier, found] = await bothEnded(
    applyPlan(plan.actions, fleet, pass.gate, deps).then(async (written) => ({
      written,
      stage: isFirst ? await launchAdmitted(launches, plan.running, launchingOf(pass)) : noLaunches,
    })),
    recordEvidence(unsettled, plan, pass),
  );
  const further = [...earlier.stage.deferred, ...launchesOf(found.plan, fleet)];
  const running = [...found.plan.running, ...earlier.stage.admitted];
  const isLast = !isFirst || found.isNew;
  const later = isLast ? await launchAdmitted(further, running, launchingOf(pass)) : earlier.stage;
  const stage = isLast ? mergeStages(earlier.stage, later) : earlier.stage;
  return report(pass, mergeResults(earlier.written, found.written), found.plan, stage);
}

type ReconcileContext = {
  request: ReconcileRequest;
  fleet: FleetSnapshot;
  gate: LaunchGate;
  budget: ExecutionBudget;
  deps: ReconcileDeps;
  policy: RetryPolicy;
};

/** What the evidence says of the tenants that the first plan left, written down. `isNew`: it may change what is launched. */
async function recordEvidence(
  unsettled: Parameters<typeof collectEvidence>[0],
  before: Plan,
  pass: ReconcileContext,
): Promise<{ plan: Plan; written: ApplyResult; isNew: boolean }> {
  const { fleet, gate, deps, policy, request } = pass;
  const evidence = await collectEvidence(unsettled, deps, policy, request.deadline);
  if (evidence.size === 0) return { plan: { ...before, actions: [] }, written: noWrites, isNew: false };
  const plan = planFor(tenantsLeft(before, pass), evidence, pass);
  for (const ignored of plan.ignored) deps.log.warn('receipt ignored', ignored);
  return { plan, written: await applyPlan(plan.actions, fleet, gate, deps), isNew: true };
}

function planFor(
  tenants: readonly Tenant[],
  evidence: ReadonlyMap<string, Evidence>,
  { request, fleet, deps, policy }: ReconcileContext,
): Plan {
  const selected = new Set(tenants.map(({ tenant }) => tenant));
  const now = deps.clock.now();
  const relaunch = { relaunch: relaunchOf(request), relaunchBefore: request.requestedAt ?? now };
  return reconcile({ ...fleet, selected, assignments: assignmentsOf(fleet), evidence, ...relaunch }, policy, now);
}

/** Whose launches need no evidence: of a launch in flight it may prove the pin that the tenant is moved from. */
function decidedTenants({ request, fleet }: ReconcileContext): Tenant[] {
  const hasLaunchInFlight = ({ tenant }: Tenant) =>
    isInFlight(fleet.stored.get(tenant)?.value ?? { adoption: 'NEVER_RAN' });
  return selectedTenants(request, fleet).filter((tenant) => request.isPrompted || !hasLaunchInFlight(tenant));
}

function tenantsLeft(plan: Plan, { request, fleet }: ReconcileContext): Tenant[] {
  const acted = new Set(plan.actions.map(({ tenant }) => tenant.tenant));
  return selectedTenants(request, fleet).filter(({ tenant }) => !acted.has(tenant));
}

function launchingOf({ request, ...shared }: ReconcileContext): Launching {
  const { deadline, tenants, isRoutine = false } = request;
  return { ...shared, deadline, isWholeFleet: tenants === undefined, isRoutine };
}

/** An error of one does not end the other in its middle. */
async function bothEnded<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

function report(
  { request, fleet, deps }: ReconcileContext,
  written: ApplyResult,
  plan: Plan,
  stage: LaunchStage,
): ReconcileResult {
  const { unsavedRelaunches, ...counts } = written;
  const waiting = [...stage.unconfirmed, ...stage.deferred.map(({ tenant }) => tenant.tenant), ...unsavedRelaunches];
  // Names stay out of the report's log line, which is no place for thousands.
  const told = {
    runtime: request.runtime,
    tenants: selectedTenants(request, fleet).length,
    ...counts,
    launches: stage.counts,
    deferred: stage.deferred.length,
    delegated: stage.delegated.length,
    blocked: plan.blocked.length,
    frozen: fleet.frozen,
  };
  const requeue = requeueOf(request, { ...told, unconfirmed: waiting }, deps.clock.now());
  deps.log.info('pass done', { ...told, shouldRequeue: requeue !== undefined });
  return { ...told, unconfirmed: waiting, shouldRequeue: requeue !== undefined, requeue };
}

function requeueOf(
  request: ReconcileRequest,
  report: Omit<ReconcileResult, 'shouldRequeue' | 'requeue'>,
  now: Date,
): Requeue | undefined {
  const { launched, rejected, ambiguous, pending, conflict } = report.launches;
  const result = {
    recorded: report.recorded,
    attempted: launched + rejected + ambiguous,
    pending,
    conflicts: report.reassigned + conflict,
    deferred: report.deferred,
    unconfirmed: report.unconfirmed,
  };
  return requeueAfter(request, result, Math.max(0, request.deadline.getTime() - now.getTime()));
}

function selectedTenants({ tenants }: ReconcileRequest, fleet: FleetSnapshot): Tenant[] {
  if (tenants === undefined) return fleet.tenants;
  const selected = new Set(tenants);
  return fleet.tenants.filter(({ tenant }) => selected.has(tenant));
}

function relaunchOf({ relaunch, tenants }: ReconcileRequest): ReadonlySet<string> | 'failed' | 'none' {
  if (!relaunch) return 'none';
  return tenants === undefined ? 'failed' : new Set(tenants);
}

function unsettledOf(tenants: readonly Tenant[], fleet: FleetSnapshot) {
  return tenants.flatMap((tenant) => {
    const assignment = fleet.stored.get(tenant.tenant)?.value;
    return assignment !== undefined && needsEvidence(assignment) ? [{ tenant, assignment }] : [];
  });
}

function launchesOf({ actions }: Plan, fleet: FleetSnapshot): TenantLaunch[] {
  return actions.flatMap((action) => {
    if (action.kind !== 'launch') return [];
    const { kind, ...order } = action;
    return [{ ...order, expected: generationOf(fleet, order.tenant.tenant) }];
  });
}
