import type { StoredReceipt } from '../adoption/validate-receipt.ts';
import { parseRecord, RECORD_KEY, readable } from '../records/codec.ts';
import { receiptSchema } from '../records/receipt.ts';

/**
 * The receipt in Cloud Storage's notification of its creation; undefined if the notification holds no valid one.
 *
 * Spec: the data is the object's resource with its metadata (cloud.google.com/storage/docs/pubsub-notifications, `JSON_API_V1`).
 *
 * @param object the name in the message's attributes.
 */
export function receiptInNotification(data: string, object: string): StoredReceipt | undefined {
  const { name, metadata } = resourceIn(data);
  const text = metadata?.[RECORD_KEY];
  if (name !== object || typeof text !== 'string') return undefined;
  const receipt = readable(() => parseRecord(receiptSchema, text, object));
  return receipt === null ? undefined : { object, receipt };
}

type Resource = { name?: unknown; metadata?: Record<string, unknown> | null };

function resourceIn(data: string): Resource {
  try {
    const resource: unknown = JSON.parse(data);
    return typeof resource === 'object' && resource !== null ? (resource as Resource) : {};
  } catch {
    return {};
  }
}
