import { assignmentOfJob } from '../adoption/assignment-of-job.ts';
import { type Evidence, evaluate, isUnrecordedLaunch } from '../adoption/evaluate.ts';
import type { RetryPolicy } from '../launch/backoff.ts';
import { leftBehind, withoutEnded } from '../launch/left-running.ts';
import type { Ledger } from '../promotion/ledger.ts';
import { type Assignment, idleAdoption, isActive, isInFlight, type PlannedAssignment } from '../records/assignment.ts';
import type { LedgerEntry } from '../records/ledger-entry.ts';
import type { Tenant } from '../records/tenant.ts';
import { isVerdict } from '../values/adoption.ts';
import type { Digest } from '../values/digest.ts';
import { jobOf } from '../values/execution.ts';
import { FORMAT_VERSION } from '../values/schemas.ts';
import { lastGoodBefore } from './last-good.ts';
import { failedRevisions, isFirstLaunch } from './wave-gate.ts';

/** The whole input of a plan, so that plans can be printed and tested. */
export type Fleet = {
  ledger: Ledger;
  /** Every registered tenant: the gate counts the failures of all. */
  tenants: readonly Tenant[];
  /** The tenants that the plan acts on. */
  selected: ReadonlySet<string> | 'all';
  assignments: ReadonlyMap<string, Assignment>;
  /** Tenants that keep their assignment. */
  holds: ReadonlySet<string>;
  /** Nothing is launched. */
  frozen: boolean;
  /** Digests that are neither assigned nor launched. */
  revokedDigests: ReadonlySet<Digest>;
  evidence: ReadonlyMap<string, Evidence>;
  /** An operator's relaunch: these tenants, or all that failed or wait for their next attempt. */
  relaunch: ReadonlySet<string> | 'failed' | 'none';
  /** A relaunch covers assignments written until then; tenants that failed later were launched again already. */
  relaunchBefore: Date;
};

export type Action =
  /** The evidence changed the assignment. */
  | { kind: 'record'; tenant: Tenant; next: Assignment }
  /** An operator's relaunch during a freeze: the tenant is due when the freeze ends. */
  | { kind: 'reopen'; tenant: Tenant; next: PlannedAssignment }
  /** Assigns another pin without a launch. */
  | { kind: 'assign'; tenant: Tenant; next: PlannedAssignment }
  /** `next` has no claim yet; the launch claims at its slot. `isFirst`: the tenant's first launch of this revision. */
  | { kind: 'launch'; tenant: Tenant; next: PlannedAssignment; entry: LedgerEntry; isFirst: boolean }
  /** Records a launch that was found by its launch id. */
  | { kind: 'record-launch'; tenant: Tenant; assignment: Assignment; execution: string };

export type Plan = {
  actions: Action[];
  /** One job or execution name for each active execution. */
  running: string[];
  /** Tenants that keep their pin because their target is revoked or has more than `maxFailures` failures. */
  blocked: Tenant[];
  ignored: { object: string; why: string }[];
};

type EvaluatedTenant = {
  tenant: Tenant;
  before: Assignment | undefined;
  assignment: Assignment | undefined;
  found: Action[];
  ignored: Plan['ignored'];
};

type ReconcileContext = Fleet & {
  failed: ReadonlySet<number>;
  now: Date;
};

/** Plans the actions that bring every tenant to its target, with at most one assignment write per tenant. */
export function reconcile(fleet: Fleet, policy: RetryPolicy, now: Date): Plan {
  const evaluated = fleet.tenants.map((tenant) => evaluateTenant(tenant, fleet, policy, now));
  const assignments = new Map(evaluated.flatMap(({ assignment: one }) => (one ? [[one.tenant, one]] : [])));
  const failed = failedRevisions(fleet.tenants, assignments, fleet.ledger);
  const selected = evaluated.filter(({ tenant }) => fleet.selected === 'all' || fleet.selected.has(tenant.tenant));
  const moves = selected.map((one) => ({ ...one, move: nextAction(one, { ...fleet, failed, now }) }));
  return {
    actions: moves.flatMap(actionsOf),
    running: evaluated.flatMap((one) => runningOf(one, fleet)),
    blocked: moves.filter(({ move }) => move === 'blocked').map(({ tenant }) => tenant),
    ignored: evaluated.flatMap(({ ignored }) => ignored),
  };
}

function evaluateTenant(tenant: Tenant, fleet: Fleet, policy: RetryPolicy, now: Date): EvaluatedTenant {
  const stored = fleet.assignments.get(tenant.tenant);
  const before = stored && assignmentOfJob(stored, tenant.job);
  const evidence = fleet.evidence.get(tenant.tenant);
  if (before === undefined || evidence === undefined)
    return { tenant, before, assignment: before, found: [], ignored: [] };
  // A launch in flight belongs to the job in its record, even if the registration has changed.
  const job = isInFlight(before) && evidence.launched !== null ? jobOf(evidence.launched) : tenant.job;
  const { next: verdict, ignored } = evaluate(before, job, evidence, policy, now);
  const next = withoutEnded(verdict, evidence.ended ?? []);
  const found: Action[] = isUnrecordedLaunch(before, evidence)
    ? [{ kind: 'record-launch', tenant, assignment: before, execution: evidence.execution.name }]
    : [];
  return { tenant, before, assignment: next, found, ignored };
}

/** An execution that Cloud Run has deleted counts as ended. */
function runningOf({ tenant, assignment }: EvaluatedTenant, { evidence }: Fleet): string[] {
  if (assignment === undefined) return [];
  const left = (assignment.leftRunning ?? []).map(({ execution }) => execution);
  const isDeleted = evidence.get(tenant.tenant)?.absence === 'garbage-collected';
  return isDeleted || !isActive(assignment) ? left : [assignment.execution ?? tenant.job, ...left];
}

function actionsOf({
  tenant,
  before,
  assignment,
  found,
  move,
}: EvaluatedTenant & { move: ReturnType<typeof nextAction> }): Action[] {
  if (typeof move === 'object') return [...found, move];
  if (assignment === undefined || assignment === before) return found;
  return [...found, { kind: 'record', tenant, next: assignment }];
}

function nextAction({ tenant, assignment }: EvaluatedTenant, rules: ReconcileContext): Action | 'blocked' | undefined {
  const target = rules.ledger.targetOf(tenant.tenant);
  if (target === undefined || rules.holds.has(tenant.tenant)) return undefined;
  const isMoving = assignment?.revision !== target.revision;
  const next = isMoving ? newAssignment(tenant, assignment, target, rules.now) : assignment;
  const move = isMoving ? retarget(tenant, next, target, rules) : launchIfDue(tenant, next, target, rules);
  return move !== undefined && isBlocked(move, target, rules) ? 'blocked' : move;
}

function retarget(
  tenant: Tenant,
  next: PlannedAssignment,
  target: LedgerEntry,
  rules: ReconcileContext,
): Action | undefined {
  const mayLaunch = target.rollout.launch !== 'none' && !rules.frozen;
  return mayLaunch ? launchIfDue(tenant, next, target, rules) : { kind: 'assign', tenant, next };
}

function launchIfDue(
  tenant: Tenant,
  next: PlannedAssignment,
  entry: LedgerEntry,
  rules: ReconcileContext,
): Action | undefined {
  if (entry.rollout.launch === 'none' || !isDue(next, rules, rules.now)) return undefined;
  const fresh = isVerdict(next.adoption) ? withFreshAttempts(next, rules.now) : next;
  if (rules.frozen) return fresh === next ? undefined : { kind: 'reopen', tenant, next: fresh };
  const launched = { ...fresh, adoption: 'LAUNCHING' as const, launchAttempt: fresh.launchAttempt + 1 };
  return { kind: 'launch', tenant, next: launched, entry, isFirst: isFirstLaunch(next, entry) };
}

/** Spec: a revoked digest is neither assigned nor launched; past FAIL a revision gets no first launch. */
function isBlocked(move: Action, target: LedgerEntry, { revokedDigests, failed }: ReconcileContext): boolean {
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

function isDue(assignment: PlannedAssignment, fleet: Fleet, now: Date): boolean {
  if (isInFlight(assignment)) return false;
  if (isRelaunchRequested(assignment, fleet)) return true;
  if (isVerdict(assignment.adoption)) return false;
  return assignment.retryAt === null || Date.parse(assignment.retryAt) <= now.getTime();
}

/** False for an adopted tenant: a launch would run its workload outside its schedule. */
function isRelaunchRequested(
  { adoption, tenant, updatedAt }: PlannedAssignment,
  { relaunch, relaunchBefore }: Fleet,
): boolean {
  if (relaunch === 'none' || adoption === 'ADOPTED') return false;
  return Date.parse(updatedAt) <= relaunchBefore.getTime() && (relaunch === 'failed' || relaunch.has(tenant));
}
