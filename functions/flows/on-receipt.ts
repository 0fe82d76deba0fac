import type { Config } from '../core/config.ts';
import { parseReceiptName } from '../core/object-names.ts';
import type { PubsubMessage } from '../core/pubsub-message.ts';
import { receiptInNotification } from '../core/receipt-notification.ts';
import { CorruptRecordError } from '../core/record.ts';
import type { ReceiptPrompts } from './receipt-prompts.ts';
import { type ReceiptDeps, takeReceipt } from './take-receipt.ts';

/**
 * `receipt-written`: Cloud Storage says that a sandbox left a receipt. Its verdict is recorded, and a reconcile of its runtime is
 * asked for; again on a redelivery, because the first delivery may have ended in between.
 */
export async function onReceipt(
  { attributes, data, messageId }: PubsubMessage,
  deps: ReceiptDeps & { prompts: ReceiptPrompts },
  { buckets, retry }: Pick<Config, 'buckets' | 'retry'>,
): Promise<void> {
  const { bucketId, objectId, eventType } = attributes;
  if (bucketId === buckets.receipts && objectId !== undefined && eventType === 'OBJECT_FINALIZE') {
    const result = await takeReceipt(objectId, deps, retry, receiptInNotification(data, objectId)).catch(
      (error: unknown) => {
        if (!(error instanceof CorruptRecordError)) throw error;
        // No redelivery repairs an object. After an operator has repaired it, a recheck finds the receipt.
        deps.log.error('stored object cannot be read', { receipt: objectId, object: error.object, why: error.why });
        return 'ignored' as const;
      },
    );
    const runtime = parseReceiptName(objectId)?.runtime;
    if (result !== 'ignored' && runtime !== undefined) await deps.prompts.ask(runtime);
  } else {
    deps.log.warn('notification is not about a receipt', { messageId, bucketId, objectId, eventType });
  }
}
