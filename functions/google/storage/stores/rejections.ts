import { names } from '../../../core/records/object-names.ts';
import { recordKinds } from '../../../core/records/record-kinds.ts';
import { summarizeRejection } from '../../../core/records/rejection.ts';
import type { Rejections } from '../../../ports/ledger.ts';
import type { JsonObjects } from '../json-objects.ts';
import { RecordCollection } from '../record-collection.ts';

/**
 * Each rejection is two objects: `rejections/<messageId>.json` is looked up, `rejections-by-time/…` is listed. The listed
 * one is written first and deleted first, so that no rejection that can be looked up is missing from the list.
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
