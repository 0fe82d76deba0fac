import { names } from '../core/object-names.ts';
import { type Orphans, orphansSchema } from '../core/orphans.ts';
import { CorruptRecordError, parseRecord } from '../core/record.ts';
import type { OrphanReports } from '../ports/orphan-reports.ts';
import type { JsonObjects } from './json-objects.ts';

export function storageOrphanReports(control: JsonObjects): OrphanReports {
  return {
    read: async (runtime) => {
      const name = names.orphans(runtime);
      const stored = await control.read(name);
      return stored && { value: readOrphans(stored.value, name), generation: stored.generation };
    },
    write: async (orphans, expected) => {
      const name = names.orphans(orphans.runtime);
      const written = await (expected === null
        ? control.create(name, orphans)
        : control.replace(name, orphans, expected));
      return typeof written === 'object' ? 'written' : 'conflict';
    },
  };
}

/** A report is only ever told: one that cannot be read is replaced by the next look. */
export function readOrphans(text: string, name: string): Orphans | null {
  try {
    return parseRecord(orphansSchema, text, name);
  } catch (error) {
    if (error instanceof CorruptRecordError) return null;
    throw error;
  }
}
