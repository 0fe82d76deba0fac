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

export type RecordReceiptDeps = {
  assignments: Assignments;
  launches: Launches;
  launcher: Launcher;
  fleet: FleetRegistry;
  receipts: Receipts;
  clock: Clock;
  log: Log;
  /** Of this process; absent: every execution is asked for. */
  lookups?: LookupBudget;
};

export type ReceiptResult = 'recorded' | 'unchanged' | 'ignored';

/** Somebody else wrote the assignment in every one of our attempts: the notification shall come again. */
export class AssignmentContentionError extends Error {
  override readonly name = 'AssignmentContentionError';
  readonly code = 'ASSIGNMENT_CONTENTION';
}

const MAX_RACES = 10;

/**
 * Takes the notification of a new receipt: the verdict it supports is recorded in the tenant's assignment.
 *
 * @param delivered the receipt, where the notification itself brought it.
 */
export async function recordReceipt(
  object: string,
  deps: RecordReceiptDeps,
  policy: RetryPolicy,
  delivered?: StoredReceipt,
): Promise<ReceiptResult> {
  const name = parseReceiptName(object);
  if (name === undefined) {
    deps.log.warn('object is no receipt', { object });
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

/** The run has adopted before it finished, but the two notifications arrive in either order, and one may be lost. */
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
    if (result !== 'lost-race') return result;
  }
  throw contention(name);
}

function contention({ runtime, tenant }: ReceiptName): AssignmentContentionError {
  return new AssignmentContentionError(`the assignment of ${runtime}/${tenant} changed ${MAX_RACES} times`);
}

/**
 * The usual case in one read and one write: the launch that the receipt names has recorded its claim, which is judged and
 * replaced at the claim's generation. False where it is any other case, or the assignment has changed since.
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
  const { next } = evaluate(assignment, jobOf(record.execution), evidence, policy, deps.clock.now());
  if (next === assignment || (await deps.assignments.write(next, generation)) === 'conflict') return false;
  logVerdict(next, deps);
  return true;
}

async function tryRecord(
  name: ReceiptName,
  delivered: StoredReceipt | undefined,
  deps: RecordReceiptDeps,
  policy: RetryPolicy,
): Promise<ReceiptResult | 'lost-race'> {
  const stored = await deps.assignments.read(name.runtime, name.tenant);
  if (stored === undefined) return 'ignored';
  const receipt = delivered ?? (await deps.receipts.read(name));
  if (receipt === undefined) return 'ignored';
  const launched = await launchedExecution(stored.value, deps);
  const isLaunch = launched !== null && executionId(launched) === name.execution;
  const job = isLaunch ? jobOf(launched) : (await deps.fleet.tenant(name.runtime, name.tenant))?.job;
  if (job === undefined) return 'ignored';
  const execution = isLaunch ? null : await lookUp(job, name.execution, deps);
  const evidence = { launched, execution, absence: null, receipts: [receipt] };
  const { next, ignored } = evaluate(stored.value, job, evidence, policy, deps.clock.now());
  for (const { object, why } of ignored) deps.log.warn('receipt ignored', { object, why });
  if (next === stored.value) return ignored.length > 0 ? 'ignored' : 'unchanged';
  if (isUnrecordedLaunch(stored.value, evidence)) {
    await deps.launches.create(launchRecord(stored.value, evidence.execution.name, deps.clock.now()));
  }
  if ((await deps.assignments.write(next, stored.generation)) === 'conflict') return 'lost-race';
  logVerdict(next, deps);
  return 'recorded';
}

/** Null where Cloud Run does not know the execution, or was asked for too many of the job that it does not know. */
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

async function launchedExecution(assignment: Assignment, deps: RecordReceiptDeps): Promise<string | null> {
  if (assignment.launchId === null) return null;
  const record = await deps.launches.read(assignment.runtime, assignment.tenant, assignment.launchId);
  return record?.execution ?? null;
}
