import type { Assignment } from '../core/records/assignment.ts';
import type { Listed, Versioned } from '../core/records/codec.ts';
import type { Guard } from '../core/records/guard.ts';
import type { Tenant } from '../core/records/tenant.ts';

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

export type Assignments = {
  list(runtime: string): Promise<Listed<Versioned<Assignment>>>;
  /** Undefined where there is none. @throws CorruptRecordError */
  read(runtime: string, tenant: string): Promise<Versioned<Assignment> | undefined>;
  /**
   * Writes where the stored generation is still `expected` (null: where there is none).
   * Returns the new generation, or `conflict` where somebody was faster.
   */
  write(assignment: Assignment, expected: string | null): Promise<{ generation: string } | 'conflict'>;
};

/** Who writes down that a tenant belongs to a fleet; `FleetRegistry` reads it. */
export type TenantRegistry = {
  /** `exists`: the tenant is registered already, and nothing was changed. */
  add(tenant: Tenant): Promise<'added' | 'exists'>;
  /** `changed`: somebody registered it anew meanwhile, and it was left. */
  remove(runtime: string, tenant: string): Promise<'removed' | 'absent' | 'changed'>;
};
