import { launchRecordSchema } from '../core/launch-record.ts';
import { names } from '../core/object-names.ts';
import { parseRecord } from '../core/record.ts';
import type { Launches } from '../ports/launches.ts';
import type { JsonObjects } from './json-objects.ts';

export function storageLaunches(control: JsonObjects): Launches {
  return {
    create: async (record) => {
      await control.create(names.launch(record.runtime, record.tenant, record.launchId), record);
    },
    read: async (runtime, tenant, launchId) => {
      const name = names.launch(runtime, tenant, launchId);
      const stored = await control.read(name);
      return stored && parseRecord(launchRecordSchema, stored.value, name);
    },
  };
}
