import { guardSchema } from '../../functions/core/guard.ts';
import { baseName, names } from '../../functions/core/object-names.ts';
import { parseRecord } from '../../functions/core/record.ts';
import { type Tenant, tenantSchema } from '../../functions/core/tenant.ts';
import type { FleetRegistry } from '../../functions/ports/fleet.ts';
import type { Gate } from './gate.ts';
import type { ObjectStore } from './object-store.ts';

export function fakeFleet(control: ObjectStore, assignments: ObjectStore, gate: Gate): FleetRegistry {
  const tenantsBelow = (prefix: string): Tenant[] =>
    control.list(prefix).map(({ name, text }) => parseRecord(tenantSchema, text, name));
  return {
    runtimes: () =>
      gate('fleet', 'runtimes', '', () =>
        [...new Set(tenantsBelow(names.allTenants).map(({ runtime }) => runtime))].sort(),
      ),
    tenants: (runtime) => gate('fleet', 'tenants', runtime, () => tenantsBelow(names.tenants(runtime))),
    tenant: (runtime, tenant) => {
      const name = names.tenant(runtime, tenant);
      return gate('fleet', 'tenant', name, () => {
        const stored = control.read(name);
        return stored && parseRecord(tenantSchema, stored.text, name);
      });
    },
    holds: (runtime) =>
      gate(
        'fleet',
        'holds',
        runtime,
        () => new Set(control.list(names.holds(runtime)).map(({ name }) => baseName(name))),
      ),
    isFrozen: (runtime) =>
      gate('fleet', 'isFrozen', runtime, () =>
        [names.freeze('all'), names.freeze(runtime)].some((name) => control.read(name) !== undefined),
      ),
    guard: () =>
      gate('fleet', 'guard', '', () =>
        parseRecord(guardSchema, assignments.read(names.guard)?.text ?? '', names.guard),
      ),
  };
}
