import { formatRecord } from '#functions/core/records/codec.ts';
import { names } from '#functions/core/records/object-names.ts';
import { recordKinds } from '#functions/core/records/record-kinds.ts';
import type { Launches } from '#functions/ports/launcher.ts';
import type { Gate } from '../gate.ts';
import { readRecord } from '../read-records.ts';
import type { ObjectStore } from './object-store.ts';

export function fakeLaunches(control: ObjectStore, gate: Gate): Launches {
  return {
    create: (record) => {
      const name = names.launch(record.runtime, record.tenant, record.launchId);
      return gate('launches', 'create', name, () => {
        control.create(name, formatRecord(record));
      });
    },
    read: (runtime, tenant, launchId) => {
      const name = names.launch(runtime, tenant, launchId);
      return gate('launches', 'read', name, () => readRecord(control, recordKinds.launch, name)?.value);
    },
  };
}
