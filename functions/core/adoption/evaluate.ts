import { failAttempt, recordLaunchFailure } from '../launch/attempts.ts';
import type { EvaluationContext } from '../launch/backoff.ts';
import { type Assignment, isInFlight } from '../records/assignment.ts';
import type { Receipt } from '../records/receipt.ts';
import type { Tenant } from '../records/tenant.ts';
import type { Execution } from '../values/execution.ts';
import { isSameExecution } from '../values/job-name.ts';
import { cancelled, type Outcome } from '../values/outcome.ts';
import type { Reason } from '../values/reason.ts';
import { applyReceipt } from './apply-receipt.ts';
import { clearOutcome, describeEnd, isUnavailable, recordOutcome, recordUnavailable } from './outcome.ts';
import { type StoredReceipt, validateReceipt } from './validate-receipt.ts';

/** What receipts and Cloud Run say about a tenant's newest run. */
export type Evidence = {
  /** The execution that this assignment's launch record names. */
  launched: string | null;
  /** Cloud Run's execution; null if it was not read or does not exist. */
  execution: Execution | null;
  /**
   * Why Cloud Run has no execution after the claim expired: none was launched, or Cloud Run deleted it. Null before that.
   */
  absence: 'never-launched' | 'garbage-collected' | null;
  receipts: StoredReceipt[];
  /** Executions of earlier pins that have ended or that Cloud Run has deleted. */
  ended?: readonly string[];
  /** Why Cloud Run could not be read. */
  unavailable?: string;
};

export const noEvidence: Evidence = { launched: null, execution: null, absence: null, receipts: [] };

export type Evaluation = { next: Assignment; ignored: { object: string; why: string }[] };

/**
 * The assignment after the evidence; `next` is the same object if nothing changes. A proved adoption stays proved.
 */
export function evaluate(
  assignment: Assignment,
  job: string,
  evidence: Evidence,
  context: EvaluationContext,
): Evaluation {
  const claimed = { assignment, job, launched: evidence.launched, execution: evidence.execution };
  const ignored: Evaluation['ignored'] = [];
  let next = assignment;
  let finished: Receipt | undefined;
  for (const filed of byKind(evidence.receipts)) {
    const validity = validateReceipt(filed, claimed);
    if (validity.valid) next = applyReceipt(next, filed, { job, by: validity.by }, context);
    else ignored.push({ object: filed.object, why: validity.why });
    if (validity.valid && filed.receipt.kind === 'finished') finished = filed.receipt;
  }
  next = evaluateExecution(next, evidence, finished, context);
  return { next: next === assignment ? assignment : { ...next, updatedAt: context.now.toISOString() }, ignored };
}

/** A tenant with a run whose evidence may change its assignment. */
export type Unsettled = { tenant: Tenant; assignment: Assignment };

/** True if a launch is in flight, or the end of the adopted workload or of an earlier pin's is unknown. */
export function needsEvidence(assignment: Assignment): boolean {
  return isInFlight(assignment) || isEndUnseen(assignment) || assignment.leftRunning !== undefined;
}

/** True if the adopted workload still ran when it was last read. */
export function isEndUnseen({ adoption, outcome }: Assignment): boolean {
  return adoption === 'ADOPTED' && outcome?.state === 'RUNNING';
}

/** True if Cloud Run has an execution with the assignment's launch id that no launch record names. */
export function isUnrecordedLaunch(
  assignment: Assignment,
  evidence: Evidence,
): evidence is Evidence & { execution: NonNullable<Evidence['execution']> } {
  const { launched, execution } = evidence;
  if (launched !== null || execution === null || assignment.launchId === null) return false;
  return execution.launchId === assignment.launchId;
}

const ORDER = ['adopted', 'refused', 'failed', 'superseded', 'finished'];

function byKind(receipts: readonly StoredReceipt[]): StoredReceipt[] {
  return [...receipts].sort((a, b) => ORDER.indexOf(a.receipt.kind) - ORDER.indexOf(b.receipt.kind));
}

function evaluateExecution(
  assignment: Assignment,
  evidence: Evidence,
  finished: Receipt | undefined,
  context: EvaluationContext,
): Assignment {
  const { execution } = evidence;
  if (evidence.unavailable !== undefined) return recordUnavailable(assignment, evidence.unavailable, context.now);
  if (isInFlight(assignment)) {
    if (evidence.absence === 'never-launched')
      return recordLaunchFailure(withoutClaim(assignment), NEVER_LAUNCHED, context);
    if (evidence.absence === 'garbage-collected')
      return { ...assignment, adoption: 'UNPROVEN', reason: GARBAGE_COLLECTED };
    if (execution === null || !isLaunchOf(assignment, evidence)) return assignment;
    if (execution.outcome.state === 'RUNNING') return recordStart(assignment, execution, evidence);
    return evaluateWithoutReceipt(assignment, execution, context);
  }
  if (assignment.adoption !== 'ADOPTED') return assignment;
  if (evidence.absence === 'garbage-collected') return clearOutcome(assignment);
  return execution === null ? assignment : recordOutcome(assignment, execution, finished);
}

/**
 * Replaces the launch id, because a `jobs.run` call that reaches Cloud Run minutes late still creates an execution. It then
 * finds itself superseded instead of running beside the next launch.
 */
function withoutClaim(assignment: Assignment): Assignment {
  return { ...assignment, launchId: `never-launched:${assignment.launchId}` };
}

const NEVER_LAUNCHED: Reason = {
  code: 'NEVER_LAUNCHED',
  message: 'the claim expired and no execution carries its launch id',
};

const GARBAGE_COLLECTED: Reason = {
  code: 'EXECUTION_FORGOTTEN',
  message: 'Cloud Run has deleted the execution, and it left no valid receipt',
};

function isLaunchOf(assignment: Assignment, { launched, execution }: Evidence): boolean {
  if (execution === null) return false;
  const isRecorded = launched !== null && isSameExecution(execution.name, launched);
  return isRecorded || execution.launchId === assignment.launchId;
}

/** The verdict by the execution's outcome alone. */
function evaluateWithoutReceipt(assignment: Assignment, execution: Execution, context: EvaluationContext): Assignment {
  const { outcome, name } = execution;
  const ended = { ...assignment, execution: name, outcome };
  switch (outcome.state) {
    case 'RUNNING':
      return assignment;
    case 'SUCCEEDED':
      return {
        ...ended,
        adoption: 'UNPROVEN',
        reason: { code: 'NO_RECEIPT', message: `${name} succeeded and left no valid receipt` },
      };
    case 'FAILED':
    case 'CANCELLED':
      return failAttempt(ended, endReason(outcome), context);
    default:
      return outcome.state satisfies never;
  }
}

/**
 * RUNNING once the container has started. An unrecorded launch is recorded first.
 *
 * Attack: the tenant's older workload may read the assignment. With the execution's name in it, it could create the
 * execution's receipts before the entrypoint does, so the name is first written with the verdict.
 */
function recordStart(assignment: Assignment, { started }: Execution, { launched }: Evidence): Assignment {
  const known = isUnavailable(assignment) ? { ...assignment, reason: null } : assignment;
  if (!started || launched === null || assignment.adoption === 'RUNNING') return known;
  return { ...known, adoption: 'RUNNING' };
}

function endReason(outcome: Outcome): Reason {
  if (outcome.state === cancelled.state)
    return { code: 'CANCELLED', message: 'the execution was cancelled before it adopted' };
  return { code: 'EXECUTION_FAILED', message: `the execution ended with ${describeEnd(outcome)} before it adopted` };
}
