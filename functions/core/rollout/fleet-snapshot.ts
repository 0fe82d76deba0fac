import type { Ledger } from '../promotion/ledger.ts';
import type { Assignment } from '../records/assignment.ts';
import type { Listed, Unreadable, Versioned } from '../records/codec.ts';
import { baseName, names } from '../records/object-names.ts';
import type { Tenant } from '../records/tenant.ts';
import type { Digest } from '../values/digest.ts';
import { IDENTIFIER } from '../values/identifier.ts';

/** Operators' controls over the launches of a runtime. */
export type LaunchControls = {
  /** True in a freeze or a lockdown: nothing is launched. */
  frozen: boolean;
  /** Spec: a revoked digest is neither assigned nor launched, because no sandbox may run it. */
  revokedDigests: ReadonlySet<Digest>;
};

/** A runtime's records, as a reconcile or the status read them. */
export type FleetSnapshot = LaunchControls & {
  runtime: string;
  ledger: Ledger;
  /** Every registered tenant. */
  tenants: readonly Tenant[];
  stored: ReadonlyMap<string, Versioned<Assignment>>;
  /** Tenants that keep their assignment. */
  holds: ReadonlySet<string>;
  /** Registrations and assignments that cannot be read. Their tenants are in neither `tenants` nor `stored`. */
  unreadable: readonly Unreadable[];
};

/** The tenants whose registration and assignment are readable. */
export function readableMembers(
  runtime: string,
  registrations: Listed<Tenant>,
  assignments: Listed<Versioned<Assignment>>,
): Pick<FleetSnapshot, 'tenants' | 'stored' | 'unreadable'> {
  const unreadable = [...registrations.unreadable, ...assignments.unreadable];
  const unknown = unreadableTenants(runtime, unreadable);
  const stored = assignments.records.filter(({ value }) => !unknown.has(value.tenant));
  return {
    tenants: registrations.records.filter(({ tenant }) => !unknown.has(tenant)),
    stored: new Map(stored.map((assignment) => [assignment.value.tenant, assignment])),
    unreadable,
  };
}

/** The tenants of a runtime whose registration or assignment is unreadable. */
export function unreadableTenants(runtime: string, unreadable: readonly Unreadable[]): Set<string> {
  const tenants = unreadable.map(({ object }) => ({ object, tenant: baseName(object) }));
  const isOwn = ({ object, tenant }: { object: string; tenant: string }) =>
    IDENTIFIER.test(tenant) && [names.tenant(runtime, tenant), names.assignment(runtime, tenant)].includes(object);
  return new Set(tenants.filter(isOwn).map(({ tenant }) => tenant));
}

/** Every tenant with a registration, readable or not. */
export function registeredTenants(runtime: string, { records, unreadable }: Listed<{ tenant: string }>): Set<string> {
  return new Set([...records.map(({ tenant }) => tenant), ...unreadableTenants(runtime, unreadable)]);
}
