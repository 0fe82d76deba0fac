import type { Guard } from '../core/guard.ts';
import type { Tenant } from '../core/tenant.ts';
import type { Listed } from '../core/unreadable.ts';

/** Who belongs to the fleets, and what operators have said of them. */
export type FleetRegistry = {
  runtimes(): Promise<string[]>;
  tenants(runtime: string): Promise<Listed<Tenant>>;
  /** Undefined where the tenant is not registered. @throws CorruptRecordError */
  tenant(runtime: string, tenant: string): Promise<Tenant | undefined>;
  holds(runtime: string): Promise<Set<string>>;
  isFrozen(runtime: string): Promise<boolean>;
  guard(): Promise<Guard>;
};
