import type { Tenant } from '../core/tenant.ts';

/** Who writes down that a tenant belongs to a fleet; `FleetRegistry` reads it. */
export type TenantRegistry = {
  /** `exists`: the tenant is registered already, and nothing was changed. */
  add(tenant: Tenant): Promise<'added' | 'exists'>;
  /** `changed`: somebody registered it anew meanwhile, and it was left. */
  remove(runtime: string, tenant: string): Promise<'removed' | 'absent' | 'changed'>;
};
