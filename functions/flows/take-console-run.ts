import { isUnderWay } from '../core/assignment.ts';
import { shortName } from '../core/execution.ts';
import { names } from '../core/object-names.ts';
import type { OwnExecution } from '../core/orphans.ts';
import type { RetryPolicy } from '../core/retry-policy.ts';
import { type ReceiptDeps, takeReceipt } from './take-receipt.ts';

/** How it ended is asked of Cloud Run by the next reconcile. */
const KINDS = ['adopted', 'refused'] as const;

/**
 * Takes the receipts of a run that was started by hand or by the job's schedule: where their notification was lost, nothing
 * else would ever ask for them. A tenant that is proved, or that a launch is under way for, needs none.
 */
export async function takeConsoleRun(
  runtime: string,
  { execution, tenant, assignment }: OwnExecution,
  deps: ReceiptDeps,
  policy: RetryPolicy,
): Promise<void> {
  if (assignment === undefined || assignment.adoption === 'ADOPTED' || isUnderWay(assignment)) return;
  if (Date.parse(execution.createdAt) <= Date.parse(assignment.assignedAt)) return;
  const name = { tenant, runtime, execution: shortName(execution.name), taskIndex: 0, taskAttempt: 0 };
  try {
    for (const kind of KINDS) await takeReceipt(names.receipt({ ...name, kind }), deps, policy);
  } catch (error) {
    deps.log.warn('console run cannot be judged now', { execution: execution.name, error: String(error) });
  }
}
