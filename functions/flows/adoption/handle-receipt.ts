import type { StoredReceipt } from '../../core/adoption/validate-receipt.ts';
import type { Config } from '../../core/config.ts';
import type { RetryPolicy } from '../../core/launch/backoff.ts';
import type { PubsubMessage } from '../../core/messages/pubsub-message.ts';
import { receiptInNotification } from '../../core/messages/receipt-notification.ts';
import { CorruptRecordError } from '../../core/records/codec.ts';
import { parseReceiptName } from '../../core/records/object-names.ts';
import type { ReceiptPrompts } from './receipt-prompts.ts';
import { recordEarlierEnd } from './record-earlier-end.ts';
import { type RecordReceiptDeps, recordReceipt } from './record-receipt.ts';

/**
 * `receipt-written`: Cloud Storage says that a sandbox left a receipt. Its verdict is recorded; where an execution ended, a reconcile
 * of its runtime is asked for, again on a redelivery, because the first delivery may have died in between.
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
    // An adoption alone frees no place below the running cap and ends no launch: its execution's end asks.
    if (isRecorded && name !== undefined && name.kind !== 'adopted') await deps.prompts.ask(name.runtime);
  } else {
    deps.log.warn('notification is not about a receipt', { messageId, bucketId, objectId, eventType });
  }
}

/** False where the receipt changes nothing, now and on every further delivery. */
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
    // No redelivery repairs an object. After an operator has repaired it, a recheck finds the receipt.
    deps.log.error('stored object cannot be read', { receipt: object, object: error.object, why: error.why });
    return false;
  }
}
