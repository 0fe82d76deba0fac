import { CorruptRecordError, parseRecord } from '../../../core/records/codec.ts';
import { names } from '../../../core/records/object-names.ts';
import { receiptSchema } from '../../../core/records/receipt.ts';
import type { Receipts } from '../../../ports/receipts.ts';
import type { Log } from '../../../ports/system.ts';
import type { JsonObjects } from '../json-objects.ts';

/** Receipts. Tenants write them, so an object that is not a valid receipt is logged and counts as absent. */
export function storageReceipts(objects: JsonObjects, log: Log): Receipts {
  return {
    read: async (name) => {
      const object = names.receipt(name);
      const stored = await objects.read(object);
      if (stored === undefined) return undefined;
      try {
        return { object, receipt: parseRecord(receiptSchema, stored.value, object) };
      } catch (error) {
        if (!(error instanceof CorruptRecordError)) throw error;
        log.warn('receipt unreadable', { object, why: error.message });
        return undefined;
      }
    },
  };
}
