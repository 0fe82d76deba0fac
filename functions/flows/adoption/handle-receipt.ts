import type { Config } from '../../core/config.ts';
import type { RetryPolicy } from '../../core/launch/retry-policy.ts';
import { logEvents } from '../../core/messages/log-events.ts';
import type { PubsubMessage } from '../../core/messages/pubsub-message.ts';
import { parseReceiptNotification, type ReceiptNotice } from '../../core/messages/receipt-notification.ts';
import { CorruptRecordError } from '../../core/records/codec.ts';
import { names } from '../../core/records/object-names.ts';
import type { ReceiptPrompts } from './receipt-prompts.ts';
import { recordEarlierEnd } from './record-end.ts';
import { type RecordReceiptDeps, recordReceipt } from './record-receipt.ts';

/**
 * Handles `receipt-written`, Cloud Storage's notification of a new receipt: records its verdict.
 *
 * If an execution ended, it requests a reconcile of the runtime, again on a redelivery, because the first delivery may have
 * died in between.
 */
export async function handleReceipt(
  message: PubsubMessage,
  deps: RecordReceiptDeps & { prompts: ReceiptPrompts },
  { buckets, retry }: Pick<Config, 'buckets' | 'retry'>,
): Promise<void> {
  const notice = parseReceiptNotification(message, buckets.receipts);
  if (notice === undefined) {
    const { bucketId, objectId, eventType } = message.attributes;
    const { messageId } = message;
    return deps.log.warn('notification is not about a receipt', { messageId, bucketId, objectId, eventType });
  }
  const isRecorded = await record(notice, deps, retry);
  const { kind, runtime } = notice.name;
  // An adoption alone frees no capacity and ends no launch: the reconcile is requested when the execution ends.
  if (isRecorded && kind !== 'adopted') await deps.prompts.ask(runtime);
}

/** False if the receipt changes nothing, now and on every redelivery. */
async function record(notice: ReceiptNotice, deps: RecordReceiptDeps, retry: RetryPolicy): Promise<boolean> {
  const { name } = notice;
  try {
    if ((await recordReceipt(notice, deps, retry)) !== 'ignored') return true;
    return name.kind === 'finished' && (await recordEarlierEnd(name, deps));
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error;
    // A redelivery cannot repair the object. After an operator repairs it, a recheck finds the receipt.
    deps.log.error(logEvents.objectUnreadable, { receipt: names.receipt(name), object: error.object, why: error.why });
    return false;
  }
}
