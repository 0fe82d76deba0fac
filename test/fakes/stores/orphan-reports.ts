import { formatRecord, parseNamedRecord, readable } from '#functions/core/records/codec.ts';
import { names } from '#functions/core/records/object-names.ts';
import { recordKinds } from '#functions/core/records/record-kinds.ts';
import type { OrphanReports } from '#functions/ports/orphan-reports.ts';
import type { Gate } from '../gate.ts';
import type { ObjectStore } from './object-store.ts';

export function fakeOrphanReports(control: ObjectStore, gate: Gate): OrphanReports {
  return {
    read: (runtime) => {
      const name = names.orphans(runtime);
      return gate('orphans', 'read', name, () => {
        const stored = control.read(name);
        return (
          stored && {
            value: readable(() => parseNamedRecord(recordKinds.orphans, stored.text, name)),
            generation: stored.generation,
          }
        );
      });
    },
    write: (orphans, expected) => {
      const name = names.orphans(orphans.runtime);
      const text = formatRecord(orphans);
      return gate('orphans', 'write', name, () => {
        const written = expected === null ? control.create(name, text) : control.replace(name, text, expected);
        return typeof written === 'object' ? 'written' : 'conflict';
      });
    },
  };
}
