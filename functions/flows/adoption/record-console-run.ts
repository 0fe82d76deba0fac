import type { RetryPolicy } from '../../core/launch/retry-policy.ts';
import type { OwnExecution } from '../../core/orphans/detect.ts';
import { isInFlight } from '../../core/records/assignment.ts';
import { executionId } from '../../core/values/execution.ts';
import { type RecordReceiptDeps, recordReceipt } from './record-receipt.ts';

/** The `finished` receipt is left out: the next reconcile reads from Cloud Run how the run ended. */
const KINDS = ['adopted', 'refused'] as const;

/**
 * Records the receipts of a run that the console or the job's schedule started, if their notification was lost.
 *
 * Adopted tenants and tenants with a launch in flight are skipped, because their verdict does not depend on such a run.
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
    for (const kind of KINDS) await recordReceipt({ name: { ...name, kind } }, deps, policy);
  } catch (error) {
    deps.log.warn('console run not evaluated', { execution: execution.name, error: String(error) });
  }
}
