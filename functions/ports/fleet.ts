import type { Guard } from '../core/guard.ts';
import type { Tenant } from '../core/tenant.ts';

/** Who belongs to the fleets, and what operators have said of them. */
export type FleetRegistry = {
  runtimes(): Promise<string[]>;
  tenants(runtime: string): Promise<Tenant[]>;
  tenant(runtime: string, tenant: string): Promise<Tenant | undefined>;
  holds(runtime: string): Promise<Set<string>>;
  isFrozen(runtime: string): Promise<boolean>;
  guard(): Promise<Guard>;
};
