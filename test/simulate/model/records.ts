import type { Assignment } from '#functions/core/records/assignment.ts';
import { names } from '#functions/core/records/object-names.ts';
import type { Tenant } from '#functions/core/records/tenant.ts';
import { buckets } from './names.ts';
import type { World } from './world.ts';

/** Undefined where there is none, and where what is stored is no assignment. */
export function readAssignment({ buckets: stored }: World, runtime: string, tenant: string): Assignment | undefined {
  return parsed<Assignment>(stored.get(buckets.assignments, names.assignment(runtime, tenant))?.body);
}

/** Every registration that is one. */
export function tenantsOf({ buckets: stored }: World): Tenant[] {
  return stored.list(buckets.control, names.allTenants).flatMap(({ name, body }) => {
    const tenant = parsed<Tenant>(body);
    return tenant !== undefined && names.tenant(tenant.runtime, tenant.tenant) === name ? [tenant] : [];
  });
}

export function isRegistered({ buckets: stored }: World, runtime: string, tenant: string): boolean {
  const found = parsed<Tenant>(stored.get(buckets.control, names.tenant(runtime, tenant))?.body);
  return found?.runtime === runtime && found.tenant === tenant;
}

/** Objects of another format, or of none, are not read by Pincast either. */
export function parsed<T extends { formatVersion: number }>(body: string | undefined): T | undefined {
  try {
    const value = JSON.parse(body ?? '') as T | null;
    return value?.formatVersion === 1 ? value : undefined;
  } catch {
    return undefined;
  }
}
