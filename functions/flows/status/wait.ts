import type { StoredReceipt } from '../../core/adoption/validate-receipt.ts';
import type { ReceiptKind } from '../../core/records/receipt.ts';
import type { Tenant } from '../../core/records/tenant.ts';
import { concludePromotion, type WaitUntil } from '../../core/status/conclusion.ts';
import {
  findEntry,
  type PromotionProgress,
  type PublishedPromotion,
  recordedProgress,
} from '../../core/status/promotion-progress.ts';
import { type Execution, executionId } from '../../core/values/execution.ts';
import type { Launcher } from '../../ports/launcher.ts';
import type { Rejections } from '../../ports/ledger.ts';
import type { Receipts } from '../../ports/receipts.ts';
import type { Clock } from '../../ports/system.ts';
import { type Pace, poll } from '../poll.ts';
import { type ReadFleetDeps, readFleet } from '../read-fleet.ts';

export type WaitDeps = ReadFleetDeps & { rejections: Pick<Rejections, 'find'>; clock: Clock };

export type PromotionWait = { promotion: PublishedPromotion; until: WaitUntil; deadline: Date; pace?: Pace };

/** Reads ledger, rejection and fleet until the promotion has reached the state that is waited for. */
export function waitForPromotion(
  { promotion, until, deadline, pace }: PromotionWait,
  deps: WaitDeps,
  onProgress: (progress: PromotionProgress) => void,
): Promise<{ ended: boolean; last: PromotionProgress }> {
  const isEnd = (progress: PromotionProgress) => concludePromotion(progress, until) !== undefined;
  return poll(() => readProgress(promotion, deps), isEnd, { clock: deps.clock, deadline, pace }, onProgress);
}

async function readProgress(promotion: PublishedPromotion, deps: WaitDeps): Promise<PromotionProgress> {
  const fleet = await readFleet(promotion.runtime, deps);
  const entry = findEntry(fleet.ledger, promotion);
  if (entry !== undefined) return recordedProgress(entry, fleet);
  const rejection = await deps.rejections.find(promotion.messageId);
  return rejection === undefined ? { kind: 'unrecorded' } : { kind: 'rejected', rejection };
}

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
