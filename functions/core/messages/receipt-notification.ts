import type { StoredReceipt } from '../adoption/validate-receipt.ts';
import { parseRecord, RECORD_KEY, readable } from '../records/codec.ts';
import { parseReceiptName, type ReceiptName } from '../records/object-names.ts';
import { receiptSchema } from '../records/receipt.ts';
import type { PubsubMessage } from './pubsub-message.ts';

/** A new receipt's name, and its content if the notification holds a valid one. */
export type ReceiptNotice = { name: ReceiptName; receipt?: StoredReceipt };

/**
 * Parses Cloud Storage's notification of a new receipt; undefined if it is about anything else.
 *
 * Spec: the data is the object's resource with its metadata (cloud.google.com/storage/docs/pubsub-notifications, `JSON_API_V1`).
 */
export function parseReceiptNotification(message: PubsubMessage, receipts: string): ReceiptNotice | undefined {
  const { bucketId, objectId: object, eventType } = message.attributes;
  if (bucketId !== receipts || object === undefined || eventType !== 'OBJECT_FINALIZE') return undefined;
  const name = parseReceiptName(object);
  const receipt = receiptIn(message.data, object);
  return name && { name, ...(receipt && { receipt }) };
}

function receiptIn(data: string, object: string): StoredReceipt | undefined {
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
