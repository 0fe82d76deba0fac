import type { RetryPolicy } from '../../core/launch/backoff.ts';
import type { OwnExecution } from '../../core/orphans/detect.ts';
import { isInFlight } from '../../core/records/assignment.ts';
import { names } from '../../core/records/object-names.ts';
import { executionId } from '../../core/values/execution.ts';
import { type RecordReceiptDeps, recordReceipt } from './record-receipt.ts';

/** How it ended is asked of Cloud Run by the next reconcile. */
const KINDS = ['adopted', 'refused'] as const;

/**
 * Takes the receipts of a run that was started by hand or by the job's schedule: where their notification was lost, nothing
 * else would ever ask for them. A tenant that is proved, or that a launch is under way for, needs none.
 */
export async function recordConsoleRun(
  runtime: string,
  { execution, tenant, assignment }: OwnExecution,
  deps: RecordReceiptDeps,
  policy: RetryPolicy,
): Promise<void> {
  if (assignment === undefined || assignment.adoption === 'ADOPTED' || isInFlight(assignment)) return;
  if (Date.parse(execution.createdAt) <= Date.parse(assignment.assignedAt)) return;
  const name = { tenant, runtime, execution: executionId(execution.name), taskIndex: 0, taskAttempt: 0 };
  try {
    for (const kind of KINDS) await recordReceipt(names.receipt({ ...name, kind }), deps, policy);
  } catch (error) {
    deps.log.warn('console run cannot be judged now', { execution: execution.name, error: String(error) });
  }
}
