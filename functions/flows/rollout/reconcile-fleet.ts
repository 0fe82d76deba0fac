import type { Evidence, Unsettled } from '../../core/adoption/evaluate.ts';
import type { RetryPolicy } from '../../core/launch/backoff.ts';
import type { Tenant } from '../../core/records/tenant.ts';
import type { FleetSnapshot } from '../../core/rollout/fleet-snapshot.ts';
import { type LaunchAction, type Plan, reconcile } from '../../core/rollout/reconcile.ts';
import { type Requeue, requeueAfter } from '../../core/rollout/requeue.ts';
import {
  relaunchOf,
  type Selection,
  selectTenants,
  tenantsWithoutAction,
  tenantsWithoutEvidence,
  unsettledTenants,
} from '../../core/rollout/selection.ts';
import type { FleetRegistry } from '../../ports/fleet.ts';
import type { Ledgers } from '../../ports/ledger.ts';
import type { ReconcileStates } from '../../ports/reconcile-states.ts';
import { collectEvidence, type EvidenceDeps } from '../adoption/collect-evidence.ts';
import { ExecutionBudget } from '../launch/capacity.ts';
import { createLaunchGate, type LaunchGate } from '../launch/gate.ts';
import type { LaunchCounts, LaunchDeps } from '../launch/launch-fleet.ts';
import { type Launching, type LaunchStage, launchAdmitted, mergeStages, noLaunches } from '../launch/stage.ts';
import { type AppliedAction, type ApplyCounts, applyPlan, countOutcomes, unsavedRelaunches } from './apply-plan.ts';
import { readFleet } from './read-fleet.ts';

export type ReconcileDeps = LaunchDeps &
  EvidenceDeps & { ledgers: Ledgers; fleet: FleetRegistry; reconciles: ReconcileStates };

export type ReconcileRequest = Selection & {
  runtime: string;
  /** The scheduler or a receipt asked: first launches are delegated to a reconcile that already makes them. */
  isRoutine?: boolean;
  /** Reconciles in a row before this one that met conflicts and got nothing done. */
  conflicts?: number;
  /** The reconcile returns before it. */
  deadline: Date;
};

export type ReconcileResult = ApplyCounts & {
  runtime: string;
  tenants: number;
  launches: LaunchCounts;
  /** Due, but above the cap of running executions. */
  deferred: number;
  /** Due, and delegated to the reconcile that already launches this fleet. */
  delegated: number;
  /** They keep their pin, because their target is revoked or has more failures than its maxFailures. */
  blocked: number;
  /** The tenants whose launch is not confirmed: an operator's relaunch of them is not fulfilled. */
  unconfirmed: string[];
  /** A freeze or a lockdown is in force. */
  frozen: boolean;
  shouldRequeue: boolean;
  requeue: Requeue | undefined;
};

/** Shared by all steps of one reconcile. */
type ReconcileContext = {
  request: ReconcileRequest;
  fleet: FleetSnapshot;
  gate: LaunchGate;
  budget: ExecutionBudget;
  deps: ReconcileDeps;
  policy: RetryPolicy;
};

/**
 * Reconciles a runtime: read, plan, apply, launch, report. Reconciles may overlap, because every write is a CAS.
 *
 * Launches that need no evidence are made while it is collected, so that a hanging location does not delay the others. The
 * second plan leaves out the tenants that the first one acts on.
 *
 * @param budget shared by the reconciles of one invocation.
 */
export async function reconcileFleet(
  request: ReconcileRequest,
  deps: ReconcileDeps,
  policy: RetryPolicy,
  budget = new ExecutionBudget(deps.quota.maxRunning),
): Promise<ReconcileResult> {
  const context = { request, ...(await read(request, deps)), budget, deps, policy };
  const { fleet } = context;
  const plan = planFor(tenantsWithoutEvidence(request, fleet), new Map(), context);
  const unsettled = unsettledTenants(request, fleet);
  const launches = launchesOf(plan);
  const launchesFirst = launches.length > 0 || unsettled.length === 0;
  const [first, second] = await bothEnded(
    applyAndLaunch(plan, launchesFirst ? launches : undefined, context),
    recordEvidence(unsettled, plan, context),
  );
  const applied = [...first.applied, ...second.applied];
  if (launchesFirst && !second.isNew) return report(context, applied, second.plan, first.stage);
  const due = [...first.stage.deferred, ...launchesOf(second.plan)];
  const running = [...second.plan.running, ...first.stage.admitted];
  const stage = mergeStages(first.stage, await launchAdmitted(due, running, launchingOf(context)));
  return report(context, applied, second.plan, stage);
}

async function read(
  { runtime }: ReconcileRequest,
  deps: ReconcileDeps,
): Promise<Pick<ReconcileContext, 'fleet' | 'gate'>> {
  const readAt = deps.clock.now();
  const fleet = await readFleet(runtime, deps);
  for (const { object, why } of fleet.unreadable) {
    deps.log.error('stored object cannot be read', { runtime, object, why });
  }
  return { fleet, gate: createLaunchGate(fleet, readAt, deps) };
}

function planFor(
  tenants: readonly Tenant[],
  evidence: ReadonlyMap<string, Evidence>,
  { request, fleet, deps, policy }: ReconcileContext,
): Plan {
  const now = deps.clock.now();
  return reconcile(fleet, { selected: tenants, evidence, relaunch: relaunchOf(request, now) }, { policy, now });
}

/** @param launches undefined: this stage launches nothing. */
async function applyAndLaunch(
  plan: Plan,
  launches: readonly LaunchAction[] | undefined,
  context: ReconcileContext,
): Promise<{ applied: AppliedAction[]; stage: LaunchStage }> {
  const applied = await applyPlan(plan.actions, context.gate, context.deps);
  if (launches === undefined) return { applied, stage: noLaunches };
  return { applied, stage: await launchAdmitted(launches, plan.running, launchingOf(context)) };
}

/** Plans and writes what the evidence proves of the tenants without action. `isNew`: it may change what is launched. */
async function recordEvidence(
  unsettled: readonly Unsettled[],
  before: Plan,
  context: ReconcileContext,
): Promise<{ plan: Plan; applied: AppliedAction[]; isNew: boolean }> {
  const { fleet, gate, deps, policy, request } = context;
  const evidence = await collectEvidence(unsettled, deps, policy, request.deadline);
  if (evidence.size === 0) return { plan: { ...before, actions: [] }, applied: [], isNew: false };
  const plan = planFor(tenantsWithoutAction(before, request, fleet), evidence, context);
  for (const ignored of plan.ignored) deps.log.warn('receipt ignored', ignored);
  return { plan, applied: await applyPlan(plan.actions, gate, deps), isNew: true };
}

function launchingOf({ request, ...shared }: ReconcileContext): Launching {
  const { deadline, tenants, isRoutine = false } = request;
  return { ...shared, deadline, isWholeFleet: tenants === undefined, isRoutine };
}

/** Waits for both, so that an error of one does not abandon the other halfway. */
async function bothEnded<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

function report(
  { request, fleet, deps }: ReconcileContext,
  applied: readonly AppliedAction[],
  plan: Plan,
  stage: LaunchStage,
): ReconcileResult {
  const writes = countOutcomes(applied);
  const deferred = stage.deferred.map(({ tenant }) => tenant.tenant);
  const unconfirmed = [...stage.unconfirmed, ...deferred, ...unsavedRelaunches(applied)];
  const counts = {
    runtime: request.runtime,
    tenants: selectTenants(request, fleet).length,
    ...writes,
    launches: stage.counts,
    deferred: stage.deferred.length,
    delegated: stage.delegated.length,
    blocked: plan.blocked.length,
    frozen: fleet.frozen,
  };
  const { launched, rejected, ambiguous, pending, conflict } = stage.counts;
  const progress = {
    recorded: writes.recorded,
    attempted: launched + rejected + ambiguous,
    pending,
    conflicts: writes.reassigned + conflict,
    deferred: counts.deferred,
    unconfirmed,
  };
  const remainingMs = Math.max(0, request.deadline.getTime() - deps.clock.now().getTime());
  const requeue = requeueAfter(request, progress, remainingMs);
  // The log line has counts only, because a fleet may have thousands of names.
  deps.log.info('reconciled', { ...counts, shouldRequeue: requeue !== undefined });
  return { ...counts, unconfirmed, shouldRequeue: requeue !== undefined, requeue };
}

function launchesOf({ actions }: Plan): LaunchAction[] {
  return actions.filter((action) => action.kind === 'launch');
}
