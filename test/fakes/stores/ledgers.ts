import { Ledger } from '#functions/core/promotion/ledger.ts';
import { formatRecord, parseRecord } from '#functions/core/records/codec.ts';
import { ledgerEntrySchema } from '#functions/core/records/ledger-entry.ts';
import { names } from '#functions/core/records/object-names.ts';
import type { Ledgers } from '#functions/ports/ledger.ts';
import type { Gate } from '../gate.ts';
import type { ObjectStore } from './object-store.ts';

export function fakeLedgers(bucket: ObjectStore, gate: Gate): Ledgers {
  return {
    read: (runtime) =>
      gate('pins', 'list', runtime, () => {
        const objects = bucket.list(names.pins(runtime));
        return new Ledger(objects.map(({ name, text }) => parseRecord(ledgerEntrySchema, text, name)));
      }),
    create: (entry) => {
      const name = names.pin(entry.runtime, entry.revision);
      return gate('pins', 'create', name, () =>
        bucket.create(name, formatRecord(entry)) === 'exists' ? 'exists' : 'created',
      );
    },
  };
}
