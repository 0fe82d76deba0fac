import { formatRecord, parseRecord } from '#functions/core/records/codec.ts';
import { ledgerEntrySchema } from '#functions/core/records/ledger-entry.ts';
import { names } from '#functions/core/records/object-names.ts';
import type { Ledger } from '#functions/ports/ledger.ts';
import type { Gate } from './gate.ts';
import type { ObjectStore } from './object-store.ts';

export function fakePins(bucket: ObjectStore, gate: Gate): Ledger {
  return {
    list: (runtime) =>
      gate('pins', 'list', runtime, () =>
        bucket.list(names.pins(runtime)).map(({ name, text }) => parseRecord(ledgerEntrySchema, text, name)),
      ),
    create: (entry) => {
      const name = names.pin(entry.runtime, entry.revision);
      return gate('pins', 'create', name, () =>
        bucket.create(name, formatRecord(entry)) === 'exists' ? 'exists' : 'created',
      );
    },
  };
}
