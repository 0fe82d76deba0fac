import { evaluate, isUnrecordedLaunch } from '../../core/adoption/evaluate.ts';
import { attemptMismatch, type StoredReceipt } from '../../core/adoption/validate-receipt.ts';
import type { RetryPolicy } from '../../core/launch/backoff.ts';
import { isLaunchId } from '../../core/launch/claim.ts';
import type { Assignment } from '../../core/records/assignment.ts';
import { launchRecord } from '../../core/records/launch.ts';
import { parseReceiptName, type ReceiptName } from '../../core/records/object-names.ts';
import { type Execution, executionId, executionName, jobOf } from '../../core/values/execution.ts';
import type { Assignments, FleetRegistry } from '../../ports/fleet.ts';
import type { Launcher, Launches } from '../../ports/launcher.ts';
import type { Receipts } from '../../ports/receipts.ts';
import type { Clock, Log } from '../../ports/system.ts';
import type { LookupBudget } from './lookup-budget.ts';
import { recordEnd } from './record-end.ts';
import { recordedExecution } from './run-evidence.ts';

export type RecordReceiptDeps = {
  assignments: Assignments;
  launches: Launches;
  launcher: Launcher;
  fleet: FleetRegistry;
  receipts: Receipts;
  clock: Clock;
  log: Log;
  /** Shared by all deliveries of this process; absent: lookups are unlimited. */
  lookups?: LookupBudget;
};

export type ReceiptResult = 'recorded' | 'unchanged' | 'ignored';

/** Another process changed the assignment before each write. Pub/Sub redelivers the notification. */
export class AssignmentContentionError extends Error {
  override readonly name = 'AssignmentContentionError';
  readonly code = 'ASSIGNMENT_CONTENTION';
}

const MAX_RACES = 10;

/**
 * Records in the tenant's assignment the verdict that a new receipt supports.
 *
 * @param delivered the receipt, if the notification contained it.
 */
export async function recordReceipt(
  object: string,
  deps: RecordReceiptDeps,
  policy: RetryPolicy,
  delivered?: StoredReceipt,
): Promise<ReceiptResult> {
  const name = parseReceiptName(object);
  if (name === undefined) {
    deps.log.warn('object is not a receipt', { object });
    return 'ignored';
  }
  const why = attemptMismatch(name);
  if (why !== undefined) {
    deps.log.warn('receipt ignored', { object, why });
    return 'ignored';
  }
  if (name.kind === 'finished') return recordFinish(name, delivered, deps, policy);
  if (delivered !== undefined && (await recordFromClaim(name, delivered, deps, policy))) return 'recorded';
  return recordVerdict(name, delivered, deps, policy);
}

/** Records the adoption first if it is missing, because notifications may be lost or arrive in either order. */
async function recordFinish(
  name: ReceiptName,
  delivered: StoredReceipt | undefined,
  deps: RecordReceiptDeps,
  policy: RetryPolicy,
): Promise<ReceiptResult> {
  let verdict: ReceiptResult = 'unchanged';
  let ended = await recordEnd(name, delivered, deps, policy);
  if (ended === 'unproved') {
    verdict = await recordVerdict({ ...name, kind: 'adopted' }, undefined, deps, policy);
    if (verdict === 'ignored') return verdict;
    ended = await recordEnd(name, delivered, deps, policy);
  }
  if (ended === 'conflict') throw contention(name);
  return ended === 'recorded' ? 'recorded' : verdict;
}

async function recordVerdict(
  name: ReceiptName,
  delivered: StoredReceipt | undefined,
  deps: RecordReceiptDeps,
  policy: RetryPolicy,
): Promise<ReceiptResult> {
  for (let race = 0; race < MAX_RACES; race++) {
    const result = await tryRecord(name, delivered, deps, policy);
    if (result !== 'conflict') return result;
  }
  throw contention(name);
}

function contention({ runtime, tenant }: ReceiptName): AssignmentContentionError {
  return new AssignmentContentionError(`the assignment of ${runtime}/${tenant} changed ${MAX_RACES} times`);
}

/**
 * Records the usual case in one read and one write: evaluates the claim that the launch record holds, and replaces it by CAS.
 *
 * @returns false if the record has no claim, or the assignment has changed since.
 */
async function recordFromClaim(
  { runtime, tenant }: ReceiptName,
  delivered: StoredReceipt,
  deps: RecordReceiptDeps,
  policy: RetryPolicy,
): Promise<boolean> {
  const { launchId } = delivered.receipt;
  if (launchId === null || !isLaunchId(launchId)) return false;
  const record = await deps.launches.read(runtime, tenant, launchId);
  if (record?.claim === undefined) return false;
  const { assignment, generation } = record.claim;
  const evidence = { launched: record.execution, execution: null, absence: null, receipts: [delivered] };
  const { next } = evaluate(assignment, jobOf(record.execution), evidence, { policy, now: deps.clock.now() });
  if (next === assignment || (await deps.assignments.write(next, generation)) === 'conflict') return false;
  logVerdict(next, deps);
  return true;
}

async function tryRecord(
  name: ReceiptName,
  delivered: StoredReceipt | undefined,
  deps: RecordReceiptDeps,
  policy: RetryPolicy,
): Promise<ReceiptResult | 'conflict'> {
  const stored = await deps.assignments.read(name.runtime, name.tenant);
  if (stored === undefined) return 'ignored';
  const receipt = delivered ?? (await deps.receipts.read(name));
  if (receipt === undefined) return 'ignored';
  const launched = await recordedExecution(stored.value, deps.launches);
  const isLaunch = launched !== null && executionId(launched) === name.execution;
  const job = isLaunch ? jobOf(launched) : (await deps.fleet.tenant(name.runtime, name.tenant))?.job;
  if (job === undefined) return 'ignored';
  const execution = isLaunch ? null : await lookUp(job, name.execution, deps);
  const evidence = { launched, execution, absence: null, receipts: [receipt] };
  const { next, ignored } = evaluate(stored.value, job, evidence, { policy, now: deps.clock.now() });
  for (const { object, why } of ignored) deps.log.warn('receipt ignored', { object, why });
  if (next === stored.value) return ignored.length > 0 ? 'ignored' : 'unchanged';
  if (isUnrecordedLaunch(stored.value, evidence)) {
    await deps.launches.create(launchRecord(stored.value, evidence.execution.name, deps.clock.now()));
  }
  if ((await deps.assignments.write(next, stored.generation)) === 'conflict') return 'conflict';
  logVerdict(next, deps);
  return 'recorded';
}

/** Null if Cloud Run does not know the execution, or the job's lookup budget is spent. */
async function lookUp(job: string, execution: string, deps: RecordReceiptDeps): Promise<Execution | null> {
  const { launcher, lookups, clock } = deps;
  if (lookups?.isSpent(job, clock.now())) return null;
  const found = await launcher.execution(executionName(job, execution));
  if (found === undefined) lookups?.miss(job, clock.now());
  return found ?? null;
}

function logVerdict({ runtime, tenant, adoption, outcome }: Assignment, { log }: RecordReceiptDeps): void {
  log.info('verdict recorded', { runtime, tenant, adoption, outcome });
}
