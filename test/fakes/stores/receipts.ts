import { CorruptRecordError, parseRecord } from '#functions/core/records/codec.ts';
import { names } from '#functions/core/records/object-names.ts';
import { receiptSchema } from '#functions/core/records/receipt.ts';
import type { Receipts } from '#functions/ports/receipts.ts';
import type { Gate } from '../gate.ts';
import type { ObjectStore } from './object-store.ts';

export function fakeReceipts(bucket: ObjectStore, gate: Gate): Receipts {
  return {
    read: (receiptName) => {
      const object = names.receipt(receiptName);
      return gate('receipts', 'read', object, () => {
        const stored = bucket.read(object);
        try {
          return stored && { object, receipt: parseRecord(receiptSchema, stored.text, object) };
        } catch (error) {
          if (!(error instanceof CorruptRecordError)) throw error;
          return undefined;
        }
      });
    },
  };
}
