import { CorruptRecordError, parseNamedRecord } from '../../../core/records/codec.ts';
import { names } from '../../../core/records/object-names.ts';
import type { OrphanReport } from '../../../core/records/orphan-report.ts';
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
      return stored && { value: readOrphans(stored.value, name), generation: stored.generation };
    },
    write: async (orphans, expected) =>
      (await reports.write(orphans, expected)) === 'conflict' ? 'conflict' : 'written',
  };
}

/** Null if the report cannot be read: it is only displayed, and the next scan replaces it. */
export function readOrphans(text: string, name: string): OrphanReport | null {
  try {
    return parseNamedRecord(recordKinds.orphans, text, name);
  } catch (error) {
    if (error instanceof CorruptRecordError) return null;
    throw error;
  }
}
