import { evaluateRuns } from '../../core/adoption/evaluate.ts';
import type { RetryPolicy } from '../../core/launch/retry-policy.ts';
import { logEvents } from '../../core/messages/log-events.ts';
import { topics } from '../../core/messages/topics.ts';
import type { FleetSnapshot } from '../../core/rollout/fleet-snapshot.ts';
import { type LaunchAction, type Plan, reconcile } from '../../core/rollout/reconcile.ts';
import {
  type AppliedAction,
  type Reconciled,
  type ReconcileResult,
  reconcileResult,
} from '../../core/rollout/result.ts';
import { type SelectedTenants, type Selection, selectTenants } from '../../core/rollout/selection.ts';
import { summarizeFleet } from '../../core/status/fleet-status.ts';
import type { Messages } from '../../ports/system.ts';
import { collectEvidence, type EvidenceDeps } from '../adoption/collect-evidence.ts';
import { ExecutionBudget } from '../launch/admit.ts';
import { createLaunchGate } from '../launch/gate.ts';
import { type LaunchDeps, type LaunchStage, launchFleet, type StageContext } from '../launch/launch-fleet.ts';
import { type ReadFleetDeps, readFleet } from '../read-fleet.ts';
import { applyPlan } from './apply-plan.ts';

export type ReconcileDeps = LaunchDeps & EvidenceDeps & ReadFleetDeps;

export type ReconcileRequest = Selection & {
  runtime: string;
  /** The scheduler or a receipt asked: first launches are delegated to a reconcile that already makes them. */
  isRoutine?: boolean;
  /** Reconciles in a row before this one that met conflicts and got nothing done. */
  conflicts?: number;
  /** The reconcile returns before it. */
  deadline: Date;
};

/** Shared by all steps of one reconcile. */
type ReconcileContext = StageContext & { request: ReconcileRequest; selected: SelectedTenants; deps: ReconcileDeps };

/**
 * Reconciles a runtime and, if launches remain, publishes the requests that continue it, after their pause.
 *
 * @param budget shared by the reconciles of one invocation.
 */
export async function reconcileAndRequeue(
  request: ReconcileRequest,
  deps: ReconcileDeps & { messages: Messages },
  policy: RetryPolicy,
  budget?: ExecutionBudget,
): Promise<ReconcileResult> {
  const result = await reconcileFleet(request, deps, policy, budget);
  const { requests = [], pauseMs = 0 } = result.requeue ?? {};
  if (pauseMs > 0) await deps.clock.sleep(pauseMs);
  for (const next of requests) await deps.messages.publish(topics.fleetRecheck, next);
  return result;
}

/** Reconciles a runtime: read, plan, apply, launch, report. Reconciles may overlap, because every write is a CAS. */
export async function reconcileFleet(
  request: ReconcileRequest,
  deps: ReconcileDeps,
  policy: RetryPolicy,
  budget = new ExecutionBudget(deps.quota.maxRunning),
): Promise<ReconcileResult> {
  const readAt = deps.clock.now();
  const fleet = await readFleet(request.runtime, deps);
  logFleet(fleet, request, deps);
  const gate = createLaunchGate(fleet, readAt, deps);
  const selected = selectTenants(request, fleet, deps.clock.now());
  const done = await planAndLaunch({ request, fleet, gate, selected, budget, deps, policy });
  const remainingMs = Math.max(0, request.deadline.getTime() - deps.clock.now().getTime());
  const result = reconcileResult(request, done, remainingMs);
  // The log line has counts only, because a fleet may have thousands of names.
  const { unconfirmed, requeue, ...counts } = result;
  deps.log.info('reconciled', counts);
  return result;
}

function logFleet(fleet: FleetSnapshot, { isPrompted }: ReconcileRequest, { log }: ReconcileDeps): void {
  const { runtime, unreadable } = fleet;
  for (const { object, why } of unreadable) log.error(logEvents.objectUnreadable, { runtime, object, why });
  // Receipts prompt reconciles every 2 s; the scheduled ones report often enough.
  if (!isPrompted) log.info(logEvents.fleetStatus, summarizeFleet(fleet));
}

/**
 * Plans without evidence, then with it, and launches after each plan.
 *
 * Launches that need no evidence are made while it is collected, so that a hanging location does not delay the others. The
 * second plan leaves out the tenants that the first one acts on.
 */
async function planAndLaunch(context: ReconcileContext): Promise<Reconciled> {
  const { fleet, selected, deps } = context;
  const { all, ready, unsettled, relaunch } = selected;
  const plan = reconcile(fleet, { selected: ready, evaluations: new Map(), relaunch }, deps.clock.now());
  const launches = launchesOf(plan);
  const launchesFirst = launches.length > 0 || unsettled.length === 0;
  const [first, second] = await bothEnded(
    applyAndLaunch(plan, launchesFirst ? launches : undefined, context),
    recordEvidence(plan, context),
  );
  const isDone = launchesFirst && !second.isNew;
  const stages = isDone ? first.stages : await launchRest(first.stages, second.plan, context);
  const applied = [...first.applied, ...second.applied];
  return { tenants: all.length, frozen: fleet.frozen, plan: second.plan, applied, stages };
}

/** Launches what the first stage deferred, and what is due by the evidence. */
async function launchRest(
  stages: readonly LaunchStage[],
  plan: Plan,
  context: ReconcileContext,
): Promise<LaunchStage[]> {
  const deferred = stages.flatMap((stage) => stage.deferred);
  const admitted = stages.flatMap((stage) => stage.admitted.map(({ tenant }) => tenant.job));
  const due = [...deferred, ...launchesOf(plan)];
  return [...stages, await launchFleet(due, [...plan.running, ...admitted], context)];
}

function launchesOf({ actions }: Plan): LaunchAction[] {
  return actions.filter((action) => action.kind === 'launch');
}

/** @param launches undefined: nothing is launched before the evidence is recorded. */
async function applyAndLaunch(
  plan: Plan,
  launches: readonly LaunchAction[] | undefined,
  context: ReconcileContext,
): Promise<{ applied: AppliedAction[]; stages: LaunchStage[] }> {
  const applied = await applyPlan(plan.actions, context.gate, context.deps);
  return { applied, stages: launches === undefined ? [] : [await launchFleet(launches, plan.running, context)] };
}

/** Plans and writes what the evidence proves of the tenants without action. `isNew`: it may change what is launched. */
async function recordEvidence(
  before: Plan,
  context: ReconcileContext,
): Promise<{ plan: Plan; applied: AppliedAction[]; isNew: boolean }> {
  const { request, fleet, selected, gate, deps, policy } = context;
  const evidence = await collectEvidence(selected.unsettled, deps, policy, request.deadline);
  if (evidence.size === 0) return { plan: { ...before, actions: [] }, applied: [], isNew: false };
  const now = deps.clock.now();
  const evaluations = evaluateRuns(selected.unsettled, evidence, { policy, now });
  for (const { ignored } of evaluations.values())
    for (const receipt of ignored) deps.log.warn('receipt ignored', receipt);
  const acted = new Set(before.actions.map(({ tenant }) => tenant));
  const untouched = selected.all.filter((tenant) => !acted.has(tenant));
  const plan = reconcile(fleet, { selected: untouched, evaluations, relaunch: selected.relaunch }, now);
  return { plan, applied: await applyPlan(plan.actions, gate, deps), isNew: true };
}

/** Waits for both, so that an error of one does not abandon the other halfway. */
async function bothEnded<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}
