import { takeReceipt } from './flows/take-receipt.ts';
import { messageFunction } from './google/message-function.ts';

/** `receipt-written`: Cloud Storage says that a sandbox left a receipt; its verdict is recorded. */
messageFunction('receipt', async ({ attributes, messageId }, { cloud, config }) => {
  const { bucketId, objectId, eventType } = attributes;
  if (bucketId === config.buckets.receipts && objectId !== undefined && eventType === 'OBJECT_FINALIZE') {
    await takeReceipt(objectId, cloud, config.retry);
  } else {
    cloud.log.warn('notification is not about a receipt', { messageId, bucketId, objectId, eventType });
  }
});
