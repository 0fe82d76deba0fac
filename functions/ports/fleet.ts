import type { Assignment, PlannedAssignment } from '../core/records/assignment.ts';
import type { Listed, Versioned } from '../core/records/codec.ts';
import type { Guard } from '../core/records/guard.ts';
import type { Tenant } from '../core/records/tenant.ts';

/** The registered tenants, and the controls that operators set. */
export type FleetRegistry = {
  runtimes(): Promise<string[]>;
  tenants(runtime: string): Promise<Listed<Tenant>>;
  /** Undefined if the tenant is not registered. @throws CorruptRecordError */
  tenant(runtime: string, tenant: string): Promise<Tenant | undefined>;
  holds(runtime: string): Promise<Set<string>>;
  isFrozen(runtime: string): Promise<boolean>;
  guard(): Promise<Guard>;
};

export type Assignments = {
  list(runtime: string): Promise<Listed<Versioned<Assignment>>>;
  /** Undefined if there is none. @throws CorruptRecordError */
  read(runtime: string, tenant: string): Promise<Versioned<Assignment> | undefined>;
  /**
   * Writes if the stored generation is `expected`; null: if there is no assignment yet. The time of the attempt becomes its
   * `assignedAt`, if the plan changes the revision.
   *
   * @returns `conflict` if another process wrote first.
   */
  write(planned: PlannedAssignment, expected: string | null): Promise<Versioned<Assignment> | 'conflict'>;
};

/** Writes registrations; `FleetRegistry` reads them. */
export type TenantRegistry = {
  /** `exists`: the tenant is already registered, and nothing was changed. */
  add(tenant: Tenant): Promise<'added' | 'exists'>;
  /** `changed`: the tenant was registered anew meanwhile, and the new registration was kept. */
  remove(runtime: string, tenant: string): Promise<'removed' | 'absent' | 'changed'>;
};
