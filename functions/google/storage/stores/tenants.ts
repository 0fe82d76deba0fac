import { names } from '../../../core/records/object-names.ts';
import { recordKinds } from '../../../core/records/record-kinds.ts';
import type { TenantRegistry } from '../../../ports/fleet.ts';
import type { JsonObjects } from '../json-objects.ts';
import { RecordCollection } from '../record-collection.ts';

/** Registrations `tenants/<runtime>/<tenant>.json` in the control bucket. They are never overwritten. */
export function storageTenants(control: JsonObjects): TenantRegistry {
  const tenants = new RecordCollection(control, recordKinds.tenant);
  return {
    add: async (tenant) => ((await tenants.write(tenant, null)) === 'conflict' ? 'exists' : 'added'),
    remove: async (runtime, tenant) => {
      const name = names.tenant(runtime, tenant);
      // Reads the generation only, so that an unreadable registration can be removed.
      const generation = await control.generationOf(name);
      if (generation === undefined) return 'absent';
      return (await control.delete(name, generation)) === 'conflict' ? 'changed' : 'removed';
    },
  };
}
