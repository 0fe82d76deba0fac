import { ledgerEntrySchema } from '../core/ledger-entry.ts';
import { names } from '../core/object-names.ts';
import { parseRecord } from '../core/record.ts';
import type { Pins } from '../ports/pins.ts';
import type { JsonObjects } from './json-objects.ts';

/** The ledger as objects `<runtime>/<revision>.json`, created and never changed. */
export function storagePins(objects: JsonObjects): Pins {
  return {
    list: (runtime) =>
      objects.list(names.pins(runtime), ({ name, text }) => parseRecord(ledgerEntrySchema, text, name)),
    create: async (entry) =>
      (await objects.create(names.pin(entry.runtime, entry.revision), entry)) === 'exists' ? 'exists' : 'created',
  };
}
