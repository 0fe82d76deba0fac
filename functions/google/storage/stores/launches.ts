import { names } from '../../../core/records/object-names.ts';
import { recordKinds } from '../../../core/records/record-kinds.ts';
import type { Launches } from '../../../ports/launcher.ts';
import type { JsonObjects } from '../json-objects.ts';
import { RecordCollection } from '../record-collection.ts';

export function storageLaunches(control: JsonObjects): Launches {
  const launches = new RecordCollection(control, recordKinds.launch);
  return {
    create: async (record) => {
      await launches.write(record, null);
    },
    read: async (runtime, tenant, launchId) => (await launches.read(names.launch(runtime, tenant, launchId)))?.value,
  };
}
