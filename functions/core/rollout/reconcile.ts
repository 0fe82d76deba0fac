import type { Evaluation } from '../adoption/evaluate.ts';
import { leftBehind } from '../launch/left-running.ts';
import { Ledger } from '../promotion/ledger.ts';
import { type Assignment, idleAdoption, isActive, isInFlight, type PlannedAssignment } from '../records/assignment.ts';
import type { Versioned } from '../records/codec.ts';
import type { LedgerEntry } from '../records/ledger-entry.ts';
import type { Tenant } from '../records/tenant.ts';
import { isVerdict } from '../values/adoption.ts';
import { FORMAT_VERSION } from '../values/schemas.ts';
import type { FleetSnapshot } from './fleet-snapshot.ts';
import { failedRevisions, isFirstLaunch, lastGoodBefore } from './wave-gate.ts';

/** What a plan is made for, besides the fleet. */
export type PlanRequest = {
  /** The tenants that the plan acts on. The failures of all tenants count. */
  selected: readonly Tenant[];
  /** What the evidence of this reconcile makes of assignments, by tenant. */
  evaluations: ReadonlyMap<string, Evaluation>;
  /** An operator's relaunch: of these tenants, or of all that failed or wait for their next attempt. */
  relaunch: Relaunch | undefined;
};

/** It covers assignments written before the request: tenants that failed later were launched again already. */
export type Relaunch = { tenants: ReadonlySet<string> | 'failed'; requestedAt: Date };

/** A write replaces the generation `expected`; null: the tenant has no assignment yet. */
type Subject = { tenant: Tenant; expected: string | null };

export type Action = Subject &
  (
    | /** The evidence changed the assignment. */
    { kind: 'record'; next: Assignment }
    /** An operator's relaunch during a freeze: the tenant is due when the freeze ends. */
    | { kind: 'reopen'; next: PlannedAssignment }
    /** Assigns another pin without a launch. */
    | { kind: 'assign'; next: PlannedAssignment }
    /** `next` has no claim yet; the launch claims at its slot. `isFirst`: the tenant's first launch of this revision. */
    | { kind: 'launch'; next: PlannedAssignment; entry: LedgerEntry; isFirst: boolean }
    /** Records a launch that was found by its launch id. */
    | { kind: 'record-launch'; assignment: Assignment; execution: string }
  );

export type LaunchAction = Extract<Action, { kind: 'launch' }>;

export type Plan = {
  actions: Action[];
  /** One job or execution name for each active execution. */
  running: string[];
  /** Tenants that keep their pin because their target is revoked or has more than `maxFailures` failures. */
  blocked: Tenant[];
};

type Candidate = Subject & {
  target: LedgerEntry | undefined;
  before: Assignment | undefined;
  /** After the evidence. */
  assignment: Assignment | undefined;
  unrecorded: string | undefined;
};

type Rules = FleetSnapshot & Pick<PlanRequest, 'relaunch'> & { failed: ReadonlySet<number>; now: Date };

/** Plans the actions that bring every tenant to its target, with at most one assignment write per tenant. */
export function reconcile(fleet: FleetSnapshot, request: PlanRequest, now: Date): Plan {
  const { evaluations, relaunch } = request;
  const candidates = fleet.tenants.map((tenant) => candidateOf(tenant, fleet, evaluations.get(tenant.tenant)));
  const rules = { ...fleet, relaunch, failed: failedRevisions(candidates), now };
  const selected = new Set(request.selected.map(({ tenant }) => tenant));
  const moves = candidates
    .filter(({ tenant }) => selected.has(tenant.tenant))
    .map((one) => ({ ...one, move: nextAction(one, rules) }));
  return {
    actions: moves.flatMap(actionsOf),
    running: candidates.flatMap(runningOf),
    blocked: moves.filter(({ move }) => move === 'blocked').map(({ tenant }) => tenant),
  };
}

/**
 * The launch that a tenant still needs after another process wrote its assignment; undefined if it needs none. Controls are
 * left to the launch gate.
 */
export function replanLaunch(
  { tenant, entry }: Pick<LaunchAction, 'tenant' | 'entry'>,
  stored: Versioned<Assignment> | undefined,
  now: Date,
): LaunchAction | undefined {
  const fleet: FleetSnapshot = {
    runtime: tenant.runtime,
    ledger: new Ledger([entry]),
    tenants: [tenant],
    stored: new Map(stored && [[tenant.tenant, stored]]),
    holds: new Set(),
    frozen: false,
    revokedDigests: new Set(),
    unreadable: [],
  };
  const { actions } = reconcile(fleet, { selected: [tenant], evaluations: new Map(), relaunch: undefined }, now);
  return actions.find((action) => action.kind === 'launch');
}

function candidateOf(tenant: Tenant, fleet: FleetSnapshot, evaluation: Evaluation | undefined): Candidate {
  const stored = fleet.stored.get(tenant.tenant);
  return {
    tenant,
    expected: stored?.generation ?? null,
    target: fleet.ledger.targetOf(tenant.tenant),
    before: stored?.value,
    assignment: evaluation?.next ?? stored?.value,
    unrecorded: evaluation?.unrecorded,
  };
}

function runningOf({ tenant, assignment }: Candidate): string[] {
  if (assignment === undefined) return [];
  const left = (assignment.leftRunning ?? []).map(({ execution }) => execution);
  return isActive(assignment) ? [assignment.execution ?? tenant.job, ...left] : left;
}

function actionsOf(one: Candidate & { move: ReturnType<typeof nextAction> }): Action[] {
  const { tenant, expected, before, assignment, unrecorded, move } = one;
  const found: Action[] =
    before === undefined || unrecorded === undefined
      ? []
      : [{ kind: 'record-launch', tenant, expected, assignment: before, execution: unrecorded }];
  if (typeof move === 'object') return [...found, move];
  if (assignment === undefined || assignment === before) return found;
  return [...found, { kind: 'record', tenant, expected, next: assignment }];
}

function nextAction({ tenant, expected, target, assignment }: Candidate, rules: Rules): Action | 'blocked' | undefined {
  if (target === undefined || rules.holds.has(tenant.tenant)) return undefined;
  const subject = { tenant, expected };
  const isMoving = assignment?.revision !== target.revision;
  const next = isMoving ? newAssignment(tenant, assignment, target, rules.now) : assignment;
  const isAssigned = isMoving && (target.rollout.launch === 'none' || rules.frozen);
  const move = isAssigned ? { kind: 'assign' as const, ...subject, next } : launchIfDue(subject, next, target, rules);
  return move !== undefined && isBlocked(move, target, rules) ? 'blocked' : move;
}

function launchIfDue(subject: Subject, next: PlannedAssignment, entry: LedgerEntry, rules: Rules): Action | undefined {
  if (entry.rollout.launch === 'none' || !isDue(next, rules)) return undefined;
  const fresh = isVerdict(next.adoption) ? withFreshAttempts(next, rules.now) : next;
  if (rules.frozen) return fresh === next ? undefined : { kind: 'reopen', ...subject, next: fresh };
  const launched = { ...fresh, adoption: 'LAUNCHING' as const, launchAttempt: fresh.launchAttempt + 1 };
  return { kind: 'launch', ...subject, next: launched, entry, isFirst: isFirstLaunch(next, entry) };
}

/** Spec: a revoked digest is neither assigned nor launched; past FAIL a revision gets no first launch. */
function isBlocked(move: Action, target: LedgerEntry, { revokedDigests, failed }: Rules): boolean {
  if (revokedDigests.has(target.environmentTarDigest)) return true;
  if (!failed.has(target.revision)) return false;
  return move.kind === 'assign' || (move.kind === 'launch' && move.isFirst);
}

function withFreshAttempts(assignment: PlannedAssignment, now: Date): PlannedAssignment {
  const fresh = { adoption: idleAdoption(assignment), launchAttempt: 0, unlaunched: 0, retryAt: null };
  return { ...assignment, ...fresh, updatedAt: now.toISOString() };
}

function newAssignment(
  tenant: Tenant,
  previous: Assignment | undefined,
  target: LedgerEntry,
  now: Date,
): PlannedAssignment {
  const proof = previous?.proof ?? null;
  const lastGood = previous && lastGoodBefore(previous, target.revision);
  const leftRunning = leftBehind(previous);
  return {
    formatVersion: FORMAT_VERSION,
    runtime: tenant.runtime,
    tenant: tenant.tenant,
    revision: target.revision,
    digest: target.environmentTarDigest,
    assignedAt: null,
    launchId: null,
    launchAttempt: 0,
    unlaunched: 0,
    owner: null,
    notAfter: null,
    execution: null,
    adoption: idleAdoption({ proof }),
    outcome: null,
    proof,
    reason: null,
    ...(lastGood !== undefined && { lastGood }),
    ...(leftRunning && { leftRunning }),
    retryAt: null,
    updatedAt: now.toISOString(),
  };
}

function isDue(assignment: PlannedAssignment, { relaunch, now }: Rules): boolean {
  if (isInFlight(assignment)) return false;
  if (relaunch !== undefined && isRelaunchRequested(assignment, relaunch)) return true;
  if (isVerdict(assignment.adoption)) return false;
  return assignment.retryAt === null || Date.parse(assignment.retryAt) <= now.getTime();
}

/** False for an adopted tenant: a launch would run its workload outside its schedule. */
function isRelaunchRequested(
  { adoption, tenant, updatedAt }: PlannedAssignment,
  { tenants, requestedAt }: Relaunch,
): boolean {
  if (adoption === 'ADOPTED' || Date.parse(updatedAt) > requestedAt.getTime()) return false;
  return tenants === 'failed' || tenants.has(tenant);
}
