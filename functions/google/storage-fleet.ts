import { guardSchema } from '../core/guard.ts';
import { baseName, names } from '../core/object-names.ts';
import { parseRecord } from '../core/record.ts';
import { type Tenant, tenantSchema } from '../core/tenant.ts';
import type { FleetRegistry } from '../ports/fleet.ts';
import type { JsonObjects } from './json-objects.ts';

/** Who belongs to the fleets, from the control bucket; the guard stands beside the assignments, where sandboxes may read. */
export function storageFleet(control: JsonObjects, assignments: JsonObjects): FleetRegistry {
  const listTenants = (prefix: string): Promise<Tenant[]> =>
    control.list(prefix, ({ name, text }) => parseRecord(tenantSchema, text, name));
  const listNames = (prefix: string): Promise<string[]> => control.list(prefix, ({ name }) => baseName(name));
  return {
    runtimes: async () => (await control.folders(names.allTenants)).sort(),
    tenants: (runtime) => listTenants(names.tenants(runtime)),
    tenant: async (runtime, tenant) => {
      const name = names.tenant(runtime, tenant);
      const stored = await control.read(name);
      return stored && parseRecord(tenantSchema, stored.value, name);
    },
    holds: async (runtime) => new Set(await listNames(names.holds(runtime))),
    isFrozen: async (runtime) => {
      const frozen = await listNames(names.freezes);
      return frozen.includes('all') || frozen.includes(runtime);
    },
    guard: async () => {
      const stored = await assignments.read(names.guard);
      if (stored === undefined)
        throw new Error(`${names.guard} is missing from the assignments bucket; it must always exist`);
      return parseRecord(guardSchema, stored.value, names.guard);
    },
  };
}
