import { isVerdict } from './adoption.ts';
import { type Assignment, hasOpenRun, isUnderWay, restingAdoption } from './assignment.ts';
import { type Evidence, isUnrecordedLaunch, judge } from './judge.ts';
import { lastGoodBefore } from './last-good.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import { FORMAT_VERSION } from './record.ts';
import type { RetryPolicy } from './retry-policy.ts';
import { targetFinder } from './target.ts';
import type { Tenant } from './tenant.ts';

/** One runtime as a pass read it. Everything that decides is in here, so that a plan can be printed and tested. */
export type Fleet = {
  entries: readonly LedgerEntry[];
  tenants: readonly Tenant[];
  assignments: ReadonlyMap<string, Assignment>;
  /** Tenants whose assignment is not moved. */
  holds: ReadonlySet<string>;
  /** Nothing is launched. */
  frozen: boolean;
  evidence: ReadonlyMap<string, Evidence>;
  /** An operator's wish to try again now: these tenants, or every one that failed, or waits to be tried again. */
  relaunch: ReadonlySet<string> | 'failed' | 'nobody';
};

export type Action =
  /** What was found out about a run. */
  | { kind: 'record'; tenant: Tenant; next: Assignment }
  /** An operator's wish to try again, which cannot be launched now: it is due as soon as it can. */
  | { kind: 'reopen'; tenant: Tenant; next: Assignment }
  /** Another pin, without a launch. */
  | { kind: 'assign'; tenant: Tenant; next: Assignment }
  /** `next` lacks only its claim, which the launch makes when its time has come. */
  | { kind: 'launch'; tenant: Tenant; next: Assignment; entry: LedgerEntry }
  /** An execution whose launch was never recorded, found by its launch id. */
  | { kind: 'record-launch'; tenant: Tenant; assignment: Assignment; execution: string };

export type Plan = {
  actions: Action[];
  /** The tenants whose execution runs, as far as the evidence tells. */
  running: Tenant[];
  ignored: { object: string; why: string }[];
};

/** What has to be done so that every tenant moves towards its target. At most one write of an assignment a tenant. */
export function reconcile(fleet: Fleet, policy: RetryPolicy, now: Date): Plan {
  const targetOf = targetFinder(fleet.entries);
  const plan: Plan = { actions: [], running: [], ignored: [] };
  for (const tenant of fleet.tenants) reconcileTenant(tenant, targetOf(tenant.tenant), fleet, policy, now, plan);
  return plan;
}

function reconcileTenant(
  tenant: Tenant,
  target: LedgerEntry | undefined,
  fleet: Fleet,
  policy: RetryPolicy,
  now: Date,
  plan: Plan,
): void {
  const before = fleet.assignments.get(tenant.tenant);
  const judged = before && judgeTenant(before, tenant, fleet, policy, now, plan);
  if (judged !== undefined && isRunning(judged, fleet)) plan.running.push(tenant);
  const move = target && nextMove(tenant, judged, target, fleet, now);
  if (move !== undefined) plan.actions.push(move);
  else if (judged !== undefined && judged !== before) plan.actions.push({ kind: 'record', tenant, next: judged });
}

function judgeTenant(
  before: Assignment,
  tenant: Tenant,
  fleet: Fleet,
  policy: RetryPolicy,
  now: Date,
  plan: Plan,
): Assignment {
  const evidence = fleet.evidence.get(tenant.tenant);
  if (evidence === undefined) return before;
  const { next, ignored } = judge(before, tenant.job, evidence, policy, now);
  plan.ignored.push(...ignored);
  if (isUnrecordedLaunch(before, evidence)) {
    plan.actions.push({ kind: 'record-launch', tenant, assignment: before, execution: evidence.execution.name });
  }
  return next;
}

/** An execution that Cloud Run has forgotten has ended, whether or not anybody saw it end. */
function isRunning(judged: Assignment, { evidence }: Fleet): boolean {
  if (evidence.get(judged.tenant)?.absence === 'forgotten') return false;
  return hasOpenRun(judged);
}

function nextMove(
  tenant: Tenant,
  assignment: Assignment | undefined,
  target: LedgerEntry,
  fleet: Fleet,
  now: Date,
): Action | undefined {
  if (fleet.holds.has(tenant.tenant)) return undefined;
  const isMoving = assignment?.revision !== target.revision;
  const next = isMoving ? assign(tenant, assignment, target, now) : assignment;
  const mayLaunch = target.rollout.launch !== 'none' && !fleet.frozen;
  if (isMoving && !mayLaunch) return { kind: 'assign', tenant, next };
  if (target.rollout.launch === 'none' || !isDue(next, fleet, now)) return undefined;
  const fresh = isVerdict(next.adoption) ? asIfNew(next, now) : next;
  if (fleet.frozen) return fresh === next ? undefined : { kind: 'reopen', tenant, next: fresh };
  const launched = { ...fresh, adoption: 'LAUNCHING' as const, launchAttempt: fresh.launchAttempt + 1 };
  return { kind: 'launch', tenant, next: launched, entry: target };
}

function asIfNew(assignment: Assignment, now: Date): Assignment {
  const fresh = { adoption: restingAdoption(assignment), launchAttempt: 0, unlaunched: 0, retryAt: null };
  return { ...assignment, ...fresh, updatedAt: now.toISOString() };
}

function assign(tenant: Tenant, previous: Assignment | undefined, target: LedgerEntry, now: Date): Assignment {
  const proof = previous?.proof ?? null;
  const lastGood = previous && lastGoodBefore(previous, target.revision);
  return {
    formatVersion: FORMAT_VERSION,
    runtime: tenant.runtime,
    tenant: tenant.tenant,
    revision: target.revision,
    digest: target.environmentTarDigest,
    assignedAt: now.toISOString(),
    launchId: null,
    launchAttempt: 0,
    unlaunched: 0,
    owner: null,
    notAfter: null,
    execution: null,
    adoption: restingAdoption({ proof }),
    outcome: null,
    proof,
    reason: null,
    ...(lastGood !== undefined && { lastGood }),
    retryAt: null,
    updatedAt: now.toISOString(),
  };
}

function isDue(assignment: Assignment, fleet: Fleet, now: Date): boolean {
  if (isUnderWay(assignment)) return false;
  if (isAskedFor(assignment, fleet.relaunch)) return true;
  if (isVerdict(assignment.adoption)) return false;
  return assignment.retryAt === null || Date.parse(assignment.retryAt) <= now.getTime();
}

/** An adopted tenant is never launched again from here: its workload would run off its schedule. */
function isAskedFor({ adoption, tenant }: Assignment, relaunch: Fleet['relaunch']): boolean {
  if (relaunch === 'nobody' || adoption === 'ADOPTED') return false;
  return relaunch === 'failed' || relaunch.has(tenant);
}
