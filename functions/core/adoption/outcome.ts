import { type Assignment, isInFlight } from '../records/assignment.ts';
import type { Receipt } from '../records/receipt.ts';
import type { Execution } from '../values/execution.ts';
import { isSameExecution } from '../values/job-name.ts';
import type { Outcome } from '../values/outcome.ts';
import { type Reason, reason } from '../values/reason.ts';

/**
 * Records Cloud Run's outcome of the adopting execution; other executions change nothing.
 *
 * Attack: the workload shares the identity that writes the `finished` receipt. The receipt only explains a failure.
 *
 * @param finished the valid `finished` receipt of that execution.
 */
export function recordOutcome(assignment: Assignment, execution: Execution, finished: Receipt | undefined): Assignment {
  if (isEndKnown(assignment) || assignment.execution === null) return assignment;
  if (!isSameExecution(assignment.execution, execution.name)) return assignment;
  if (execution.outcome.state === 'RUNNING')
    return isUnavailable(assignment) ? { ...assignment, reason: null } : assignment;
  return { ...assignment, outcome: execution.outcome, reason: whyEnded(execution.outcome, finished) };
}

/** Sets the outcome to unknown, because Cloud Run has deleted the execution. */
export function clearOutcome(assignment: Assignment): Assignment {
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

export function describeEnd({ signal, exitCode }: Outcome): string {
  return signal ?? (exitCode === null ? 'an unknown exit code' : `exit code ${exitCode}`);
}

const CODE = 'EVIDENCE_UNAVAILABLE';
/** Shorter outages and IAM changes end without an operator. */
const UNAVAILABLE_AFTER_MS = 600_000;

/**
 * Adds the reason why Cloud Run could not be read, once that has lasted for 10 minutes; the same object before. The adoption
 * stays, because an unreadable run is neither proved nor failed.
 */
export function recordUnavailable(assignment: Assignment, why: string, now: Date): Assignment {
  const since = isInFlight(assignment) ? assignment.notAfter : assignment.updatedAt;
  if (isUnavailable(assignment) || now.getTime() < Date.parse(since ?? assignment.updatedAt) + UNAVAILABLE_AFTER_MS)
    return assignment;
  return { ...assignment, reason: reason(CODE, `Cloud Run gives no evidence of the execution: ${why}`) };
}

export function isUnavailable({ reason }: Assignment): boolean {
  return reason?.code === CODE;
}
