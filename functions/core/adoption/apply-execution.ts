import { failAttempt, recordLaunchFailure } from '../launch/attempts.ts';
import type { EvaluationContext } from '../launch/retry-policy.ts';
import { type Assignment, isInFlight } from '../records/assignment.ts';
import type { Receipt } from '../records/receipt.ts';
import type { Execution } from '../values/execution.ts';
import { isSameExecution } from '../values/execution.ts';
import { cancelled, type Outcome } from '../values/outcome.ts';
import { type Reason, reason } from '../values/reason.ts';
import type { Evidence } from './evidence.ts';

/**
 * The assignment after what Cloud Run says of its execution; the same object if nothing changes.
 *
 * @param finished the valid `finished` receipt of that execution.
 */
export function applyExecution(
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

/**
 * Records Cloud Run's outcome of the adopting execution; other executions change nothing.
 *
 * Attack: the workload shares the identity that writes the `finished` receipt. The receipt only explains a failure.
 *
 * @param finished the valid `finished` receipt of that execution.
 */
function recordOutcome(assignment: Assignment, execution: Execution, finished: Receipt | undefined): Assignment {
  if (isEndKnown(assignment) || assignment.execution === null) return assignment;
  if (!isSameExecution(assignment.execution, execution.name)) return assignment;
  if (execution.outcome.state === 'RUNNING')
    return isUnavailable(assignment) ? { ...assignment, reason: null } : assignment;
  return { ...assignment, outcome: execution.outcome, reason: whyEnded(execution.outcome, finished) };
}

/** Sets the outcome to unknown, because Cloud Run has deleted the execution. */
function clearOutcome(assignment: Assignment): Assignment {
  return assignment.outcome?.state === 'RUNNING' ? { ...assignment, outcome: null } : assignment;
}

export function isEndKnown({ outcome }: Assignment): boolean {
  return outcome !== null && outcome.state !== 'RUNNING';
}

function whyEnded(outcome: Outcome, finished: Receipt | undefined): Reason | null {
  switch (outcome.state) {
    case 'RUNNING':
    case 'SUCCEEDED':
      return null;
    case 'CANCELLED':
      return { code: 'CANCELLED', message: 'the execution was cancelled while its workload ran' };
    case 'FAILED':
      if (finished?.code) return reason(finished.code, finished.message ?? '');
      return { code: 'EXECUTION_FAILED', message: `the workload ended with ${describeEnd(outcome)}` };
    default:
      return outcome.state satisfies never;
  }
}

function describeEnd({ signal, exitCode }: Outcome): string {
  return signal ?? (exitCode === null ? 'an unknown exit code' : `exit code ${exitCode}`);
}

const CODE = 'EVIDENCE_UNAVAILABLE';
/** Shorter outages and IAM changes end without an operator. */
const UNAVAILABLE_AFTER_MS = 600_000;

/**
 * Adds the reason why Cloud Run could not be read, once that has lasted for 10 minutes; the same object before. The adoption
 * stays, because an unreadable run is neither proved nor failed.
 */
function recordUnavailable(assignment: Assignment, why: string, now: Date): Assignment {
  const since = isInFlight(assignment) ? assignment.notAfter : assignment.updatedAt;
  if (isUnavailable(assignment) || now.getTime() < Date.parse(since ?? assignment.updatedAt) + UNAVAILABLE_AFTER_MS)
    return assignment;
  return { ...assignment, reason: reason(CODE, `Cloud Run gives no evidence of the execution: ${why}`) };
}

function isUnavailable({ reason }: Assignment): boolean {
  return reason?.code === CODE;
}
