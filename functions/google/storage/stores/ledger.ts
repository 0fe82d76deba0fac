import { Ledger } from '../../../core/promotion/ledger.ts';
import { CorruptRecordError, parseRecord } from '../../../core/records/codec.ts';
import { type LedgerEntry, ledgerEntrySchema } from '../../../core/records/ledger-entry.ts';
import { names } from '../../../core/records/object-names.ts';
import type { Ledgers } from '../../../ports/ledger.ts';
import type { JsonObjects, ListedObject } from '../json-objects.ts';

const ENTRY_NAME = /^[^/]+\/\d{8}\.json$/;

/**
 * Each ledger as objects `<runtime>/<revision>.json`, created and never changed.
 *
 * A process parses each entry once and lists only newer ones; without newer ones it returns the same ledger. The ledger only grows, and writers create revision newest + 1,
 * so no entry appears before one that a list has shown.
 */
export function storageLedgers(objects: JsonObjects): Ledgers {
  const ledgers = new Map<string, Ledger>();
  return {
    read: async (runtime) => {
      const known = ledgers.get(runtime) ?? new Ledger([]);
      const startOffset = names.pin(runtime, known.newestRevision + 1);
      const added = await objects.list(names.pins(runtime), entryIn, { startOffset, onCorrupt: refuseEntry });
      const ledger = added.length === 0 ? known : new Ledger([...known.entries, ...added]);
      // Of overlapping calls, the one that read more entries wins.
      if (ledger.entries.length > (ledgers.get(runtime)?.entries.length ?? 0)) ledgers.set(runtime, ledger);
      return ledger;
    },
    create: async (entry) =>
      (await objects.create(names.pin(entry.runtime, entry.revision), entry)) === 'exists' ? 'exists' : 'created',
  };
}

/** An unreadable entry stops its runtime. Other objects below the prefix do not belong to Pincast. */
function refuseEntry(error: CorruptRecordError): void {
  if (ENTRY_NAME.test(error.object)) throw error;
}

/** @throws CorruptRecordError also for an entry under another entry's name, because the next list starts after that name. */
function entryIn({ name, text }: ListedObject): LedgerEntry {
  const entry = parseRecord(ledgerEntrySchema, text, name);
  const expected = names.pin(entry.runtime, entry.revision);
  if (expected !== name) throw new CorruptRecordError(name, `holds an entry whose name is ${expected}`);
  return entry;
}
