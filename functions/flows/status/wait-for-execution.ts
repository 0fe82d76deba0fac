import type { StoredReceipt } from '../../core/adoption/validate-receipt.ts';
import type { ReceiptKind } from '../../core/records/receipt.ts';
import type { Tenant } from '../../core/records/tenant.ts';
import { type Execution, executionId } from '../../core/values/execution.ts';
import type { Launcher } from '../../ports/launcher.ts';
import type { Receipts } from '../../ports/receipts.ts';
import type { Clock } from '../../ports/system.ts';
import { poll } from '../poll.ts';

export type ExecutionDeps = { launcher: Launcher; receipts: Receipts; clock: Clock };

/** Reads an execution until it has ended. `last` is undefined if Cloud Run does not know it. */
export function waitForExecution(
  name: string,
  deps: ExecutionDeps,
  deadline: Date,
  onSeen: (execution: Execution | undefined) => void,
): Promise<{ ended: boolean; last: Execution | undefined }> {
  const isEnd = (execution: Execution | undefined) => execution !== undefined && execution.outcome.state !== 'RUNNING';
  return poll(() => deps.launcher.execution(name), isEnd, { clock: deps.clock, deadline }, onSeen);
}

const KINDS: readonly ReceiptKind[] = ['adopted', 'refused', 'failed', 'superseded', 'finished'];

/** Reads the receipts of an execution. */
export async function receiptsOfExecution(
  { runtime, tenant }: Tenant,
  execution: Execution,
  receipts: Receipts,
): Promise<StoredReceipt[]> {
  const name = { tenant, runtime, execution: executionId(execution.name), taskIndex: 0, taskAttempt: 0 };
  const found = await Promise.all(KINDS.map((kind) => receipts.read({ ...name, kind })));
  return found.filter((receipt) => receipt !== undefined);
}
