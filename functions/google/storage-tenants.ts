import { names } from '../core/object-names.ts';
import type { TenantRegistry } from '../ports/tenant-registry.ts';
import type { JsonObjects } from './json-objects.ts';

/** Registrations `tenants/<runtime>/<tenant>.json` in the control bucket, created and deleted but never overwritten. */
export function storageTenants(control: JsonObjects): TenantRegistry {
  return {
    add: async (tenant) =>
      (await control.create(names.tenant(tenant.runtime, tenant.tenant), tenant)) === 'exists' ? 'exists' : 'added',
    remove: async (runtime, tenant) => {
      const name = names.tenant(runtime, tenant);
      const stored = await control.read(name);
      if (stored === undefined) return 'absent';
      return (await control.delete(name, stored.generation)) === 'conflict' ? 'changed' : 'removed';
    },
  };
}
