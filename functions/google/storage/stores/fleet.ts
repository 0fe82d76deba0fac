import { parseRecord } from '../../../core/records/codec.ts';
import { guardSchema } from '../../../core/records/guard.ts';
import { baseName, names } from '../../../core/records/object-names.ts';
import { recordKinds } from '../../../core/records/record-kinds.ts';
import { isRuntime } from '../../../core/values/identifier.ts';
import type { FleetRegistry } from '../../../ports/fleet.ts';
import type { JsonObjects } from '../json-objects.ts';
import { RecordCollection } from '../record-collection.ts';

/** Tenants and controls, from the control bucket. The guard is in the assignments bucket, because sandboxes read it. */
export function storageFleet(control: JsonObjects, assignments: JsonObjects): FleetRegistry {
  const tenants = new RecordCollection(control, recordKinds.tenant);
  const listNames = async (prefix: string): Promise<string[]> => (await control.names(prefix)).map(baseName);
  return {
    runtimes: async () => (await control.folders(names.allTenants)).filter(isRuntime).sort(),
    tenants: async (runtime) => {
      const { records, unreadable } = await tenants.list(names.tenants(runtime));
      return { records: records.map(({ value }) => value), unreadable };
    },
    tenant: async (runtime, tenant) => (await tenants.read(names.tenant(runtime, tenant)))?.value,
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
