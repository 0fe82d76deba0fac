import { parseNamedRecord, readable } from '../../../core/records/codec.ts';
import { names } from '../../../core/records/object-names.ts';
import { recordKinds } from '../../../core/records/record-kinds.ts';
import type { OrphanReports } from '../../../ports/orphan-reports.ts';
import type { JsonObjects } from '../json-objects.ts';
import { RecordCollection } from '../record-collection.ts';

export function storageOrphanReports(control: JsonObjects): OrphanReports {
  const reports = new RecordCollection(control, recordKinds.orphans);
  return {
    read: async (runtime) => {
      const name = names.orphans(runtime);
      const stored = await control.read(name);
      const read = (text: string) => readable(() => parseNamedRecord(recordKinds.orphans, text, name));
      return stored && { value: read(stored.value), generation: stored.generation };
    },
    write: async (orphans, expected) =>
      (await reports.write(orphans, expected)) === 'conflict' ? 'conflict' : 'written',
  };
}
