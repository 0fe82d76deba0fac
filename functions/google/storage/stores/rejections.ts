import { names } from '../../../core/records/object-names.ts';
import { recordKinds } from '../../../core/records/record-kinds.ts';
import { summarizeRejection } from '../../../core/records/rejection.ts';
import type { Rejections } from '../../../ports/ledger.ts';
import type { JsonObjects } from '../json-objects.ts';
import { RecordCollection } from '../record-collection.ts';

/**
 * Stores each rejection as two objects: `rejections/<messageId>.json` for reads, `rejections-by-time/…` for lists.
 *
 * The second is written first and deleted first.
 */
export function storageRejections(control: JsonObjects): Rejections {
  const byId = new RecordCollection(control, recordKinds.rejection);
  const byTime = new RecordCollection(control, recordKinds.rejectionByTime);
  const deleteAny = async (name: string): Promise<void> => {
    const generation = await control.generationOf(name);
    if (generation !== undefined) await control.delete(name, generation);
  };
  return {
    keep: async (rejection) => {
      await byTime.write(summarizeRejection(rejection), null);
      await byId.write(rejection, null);
    },
    find: async (messageId) => (await byId.read(names.rejection(messageId)))?.value,
    withdraw: async ({ messageId, publishTime }) => {
      await deleteAny(names.rejectionByTime(publishTime, messageId));
      await deleteAny(names.rejection(messageId));
    },
    list: async (most) => (await byTime.list(names.rejectionsByTime, { most })).records.map(({ value }) => value),
  };
}
