import { defer, failAttempt } from '../launch/attempts.ts';
import type { EvaluationContext } from '../launch/retry-policy.ts';
import { type Assignment, isInFlight } from '../records/assignment.ts';
import type { Receipt } from '../records/receipt.ts';
import { executionName } from '../values/execution.ts';
import { failed, type Outcome, running } from '../values/outcome.ts';
import { type Reason, reason, truncateJson } from '../values/reason.ts';
import type { StoredReceipt } from './validate-receipt.ts';

/** The assignment after a valid receipt; the same object if nothing changes. */
export function applyReceipt(
  assignment: Assignment,
  stored: StoredReceipt,
  { job, by }: { job: string; by: 'launch' | 'console' },
  context: EvaluationContext,
): Assignment {
  const { receipt } = stored;
  const execution = executionName(job, receipt.execution);
  switch (receipt.kind) {
    case 'adopted':
      return adopt(assignment, execution, stored);
    case 'refused':
      return by === 'launch' || countsAgainstPin(assignment, receipt)
        ? refuse(assignment, execution, receipt, context)
        : assignment;
    case 'failed':
      return by === 'launch' && isInFlight(assignment)
        ? failAttempt({ ...assignment, execution, outcome: failureOf(receipt) }, reasonOf(receipt), context)
        : assignment;
    case 'superseded':
    case 'finished':
      return assignment;
    default:
      return receipt.kind satisfies never;
  }
}

function adopt(assignment: Assignment, execution: string, { object, receipt }: StoredReceipt): Assignment {
  if (assignment.adoption === 'ADOPTED' && assignment.proof?.receipt === object) return assignment;
  if (isOlderProof(assignment, receipt)) return assignment;
  const { revision, digest } = assignment;
  const proof = { revision, digest, execution, receipt: object, adoptedAt: receipt.writtenAt };
  return { ...assignment, adoption: 'ADOPTED', execution, outcome: running, proof, reason: null, retryAt: null };
}

function isOlderProof({ adoption, proof }: Assignment, receipt: Receipt): boolean {
  if (adoption !== 'ADOPTED' || proof === null) return false;
  return Date.parse(receipt.writtenAt) <= Date.parse(proof.adoptedAt);
}

/** The entrypoint stopped before the workload, so its exit code is the execution's. */
function failureOf({ exitCode, signal }: Receipt): Outcome {
  return failed(exitCode, signal && truncateJson(signal, 20));
}

/**
 * Console runs may carry operator-supplied arguments, so only refusals that no argument can cause count against the pin.
 * Ignored while a launch is in flight, because its own receipt decides.
 */
function countsAgainstPin(assignment: Assignment, { code }: Receipt): boolean {
  if (code === null || isInFlight(assignment)) return false;
  return ['DIGEST_MISMATCH', 'ENVIRONMENT_ENCODED', 'ARCHIVE_REFUSED', 'REVOKED'].includes(code);
}

function refuse(assignment: Assignment, execution: string, receipt: Receipt, context: EvaluationContext): Assignment {
  if (assignment.adoption === 'ADOPTED' || assignment.adoption === 'REFUSED') return assignment;
  const ended = { ...assignment, execution, outcome: failureOf(receipt) };
  if (receipt.code !== 'LOCKED_DOWN')
    return { ...ended, adoption: 'REFUSED', reason: reasonOf(receipt), retryAt: null };
  return isInFlight(assignment) ? defer(ended, reasonOf(receipt), context) : assignment;
}

function reasonOf(receipt: Receipt): Reason {
  return reason(receipt.code ?? 'UNKNOWN', receipt.message ?? '');
}
