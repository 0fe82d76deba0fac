import { evaluate } from '../../core/adoption/evaluate.ts';
import { noEvidence } from '../../core/adoption/evidence.ts';
import { attemptMismatch } from '../../core/adoption/validate-receipt.ts';
import { isLaunchId } from '../../core/launch/claim.ts';
import type { RetryPolicy } from '../../core/launch/retry-policy.ts';
import type { ReceiptNotice } from '../../core/messages/receipt-notification.ts';
import type { Assignment } from '../../core/records/assignment.ts';
import { launchRecord } from '../../core/records/launch.ts';
import { names, type ReceiptName } from '../../core/records/object-names.ts';
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

type RecordContext = { deps: RecordReceiptDeps; policy: RetryPolicy };

/** Records in the tenant's assignment the verdict that a new receipt supports. */
export async function recordReceipt(
  notice: ReceiptNotice,
  deps: RecordReceiptDeps,
  policy: RetryPolicy,
): Promise<ReceiptResult> {
  const { name } = notice;
  const why = attemptMismatch(name);
  if (why !== undefined) {
    deps.log.warn('receipt ignored', { object: names.receipt(name), why });
    return 'ignored';
  }
  const context = { deps, policy };
  if (name.kind === 'finished') return recordFinish(notice, context);
  return (await recordFromClaim(notice, context)) ? 'recorded' : recordVerdict(notice, context);
}

/** Records the adoption first if it is missing, because notifications may be lost or arrive in either order. */
async function recordFinish(notice: ReceiptNotice, context: RecordContext): Promise<ReceiptResult> {
  const { name } = notice;
  let verdict: ReceiptResult = 'unchanged';
  let ended = await recordEnd(notice, context.deps, context.policy);
  if (ended === 'unproved') {
    verdict = await recordVerdict({ name: { ...name, kind: 'adopted' } }, context);
    if (verdict === 'ignored') return verdict;
    ended = await recordEnd(notice, context.deps, context.policy);
  }
  if (ended === 'conflict') throw contention(name);
  return ended === 'recorded' ? 'recorded' : verdict;
}

async function recordVerdict(notice: ReceiptNotice, context: RecordContext): Promise<ReceiptResult> {
  for (let race = 0; race < MAX_RACES; race++) {
    const result = await tryRecord(notice, context);
    if (result !== 'conflict') return result;
  }
  throw contention(notice.name);
}

function contention({ runtime, tenant }: ReceiptName): AssignmentContentionError {
  return new AssignmentContentionError(`the assignment of ${runtime}/${tenant} changed ${MAX_RACES} times`);
}

/**
 * Records the usual case in one read and one write: evaluates the claim that the launch record holds, and replaces it by CAS.
 *
 * @returns false without a receipt or a claim, and if the assignment has changed since.
 */
async function recordFromClaim({ name, receipt }: ReceiptNotice, { deps, policy }: RecordContext): Promise<boolean> {
  const launchId = receipt?.receipt.launchId ?? null;
  if (receipt === undefined || launchId === null || !isLaunchId(launchId)) return false;
  const record = await deps.launches.read(name.runtime, name.tenant, launchId);
  if (record?.claim === undefined) return false;
  const { assignment, generation } = record.claim;
  const evidence = { ...noEvidence, launched: record.execution, receipts: [receipt] };
  const { next } = evaluate(assignment, jobOf(record.execution), evidence, { policy, now: deps.clock.now() });
  return next !== assignment && save(next, generation, deps);
}

async function tryRecord(
  { name, receipt: delivered }: ReceiptNotice,
  { deps, policy }: RecordContext,
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
  const evidence = { ...noEvidence, launched, execution, receipts: [receipt] };
  const { next, unrecorded, ignored } = evaluate(stored.value, job, evidence, { policy, now: deps.clock.now() });
  for (const { object, why } of ignored) deps.log.warn('receipt ignored', { object, why });
  if (next === stored.value) return ignored.length > 0 ? 'ignored' : 'unchanged';
  if (unrecorded !== undefined) await deps.launches.create(launchRecord(stored.value, unrecorded, deps.clock.now()));
  return (await save(next, stored.generation, deps)) ? 'recorded' : 'conflict';
}

/** Null if Cloud Run does not know the execution, or the job's lookup budget is spent. */
async function lookUp(job: string, execution: string, deps: RecordReceiptDeps): Promise<Execution | null> {
  const { launcher, lookups, clock } = deps;
  if (lookups?.isSpent(job, clock.now())) return null;
  const found = await launcher.execution(executionName(job, execution));
  if (found === undefined) lookups?.miss(job, clock.now());
  return found ?? null;
}

/** @returns false after a CAS conflict. */
async function save(next: Assignment, expected: string, { assignments, log }: RecordReceiptDeps): Promise<boolean> {
  if ((await assignments.write(next, expected)) === 'conflict') return false;
  const { runtime, tenant, adoption, outcome } = next;
  log.info('verdict recorded', { runtime, tenant, adoption, outcome });
  return true;
}
