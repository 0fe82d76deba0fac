import type { StoredReceipt } from '../../core/adoption/validate-receipt.ts';
import type { Config } from '../../core/config.ts';
import type { RetryPolicy } from '../../core/launch/retry-policy.ts';
import { logEvents } from '../../core/messages/log-events.ts';
import type { PubsubMessage } from '../../core/messages/pubsub-message.ts';
import { receiptInNotification } from '../../core/messages/receipt-notification.ts';
import { CorruptRecordError } from '../../core/records/codec.ts';
import { parseReceiptName } from '../../core/records/object-names.ts';
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
  { attributes, data, messageId }: PubsubMessage,
  deps: RecordReceiptDeps & { prompts: ReceiptPrompts },
  { buckets, retry }: Pick<Config, 'buckets' | 'retry'>,
): Promise<void> {
  const { bucketId, objectId, eventType } = attributes;
  if (bucketId === buckets.receipts && objectId !== undefined && eventType === 'OBJECT_FINALIZE') {
    const name = parseReceiptName(objectId);
    const isRecorded = await record(objectId, receiptInNotification(data, objectId), deps, retry);
    // An adoption alone frees no capacity and ends no launch: the reconcile is requested when the execution ends.
    if (isRecorded && name !== undefined && name.kind !== 'adopted') await deps.prompts.ask(name.runtime);
  } else {
    deps.log.warn('notification is not about a receipt', { messageId, bucketId, objectId, eventType });
  }
}

/** False if the receipt changes nothing, now and on every redelivery. */
async function record(
  object: string,
  delivered: StoredReceipt | undefined,
  deps: RecordReceiptDeps,
  retry: RetryPolicy,
): Promise<boolean> {
  try {
    if ((await recordReceipt(object, deps, retry, delivered)) !== 'ignored') return true;
    const name = parseReceiptName(object);
    return name?.kind === 'finished' && (await recordEarlierEnd(name, deps));
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error;
    // A redelivery cannot repair the object. After an operator repairs it, a recheck finds the receipt.
    deps.log.error(logEvents.objectUnreadable, { receipt: object, object: error.object, why: error.why });
    return false;
  }
}
