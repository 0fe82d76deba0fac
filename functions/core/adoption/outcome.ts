import type { Assignment } from '../records/assignment.ts';
import type { Receipt } from '../records/receipt.ts';
import type { Execution } from '../values/execution.ts';
import { isSameExecution } from '../values/job-name.ts';
import type { Outcome } from '../values/outcome.ts';
import { type Reason, reason } from '../values/reason.ts';
import { isUnavailable } from './evidence-unavailable.ts';

/**
 * The outcome of the run that adopted, as Cloud Run reports it; the end of another run changes nothing.
 *
 * Attack: a `finished` receipt is written beside the workload, with the identity that the workload has too. It explains a
 * failure, and decides nothing.
 *
 * @param finished the valid `finished` receipt of that run, where there is one.
 */
export function recordOutcome(assignment: Assignment, execution: Execution, finished: Receipt | undefined): Assignment {
  if (isEndKnown(assignment) || assignment.execution === null) return assignment;
  if (!isSameExecution(assignment.execution, execution.name)) return assignment;
  if (execution.outcome.state === 'RUNNING')
    return isUnavailable(assignment) ? { ...assignment, reason: null } : assignment;
  return { ...assignment, outcome: execution.outcome, reason: whyEnded(execution.outcome, finished) };
}

/** Cloud Run has deleted the execution: how it ended stays unknown, which is no success. */
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
