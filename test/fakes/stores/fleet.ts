import { parseRecord } from '#functions/core/records/codec.ts';
import { guardSchema } from '#functions/core/records/guard.ts';
import { baseName, names } from '#functions/core/records/object-names.ts';
import { recordKinds } from '#functions/core/records/record-kinds.ts';
import type { FleetRegistry } from '#functions/ports/fleet.ts';
import type { Gate } from '../gate.ts';
import { listRecords, readRecord } from '../read-records.ts';
import type { ObjectStore } from './object-store.ts';

export function fakeFleet(control: ObjectStore, assignments: ObjectStore, gate: Gate): FleetRegistry {
  return {
    runtimes: () =>
      gate('fleet', 'runtimes', '', () =>
        [...new Set(control.list(names.allTenants).map(({ name }) => name.split('/')[1] ?? ''))].sort(),
      ),
    tenants: (runtime) =>
      gate('fleet', 'tenants', runtime, () => {
        const { records, unreadable } = listRecords(control, recordKinds.tenant, names.tenants(runtime));
        return { records: records.map(({ value }) => value), unreadable };
      }),
    tenant: (runtime, tenant) => {
      const name = names.tenant(runtime, tenant);
      return gate('fleet', 'tenant', name, () => readRecord(control, recordKinds.tenant, name)?.value);
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
