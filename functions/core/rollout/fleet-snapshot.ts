import type { Ledger } from '../promotion/ledger.ts';
import { type Assignment, idleAdoption, isInFlight } from '../records/assignment.ts';
import type { Listed, Unreadable, Versioned } from '../records/codec.ts';
import { baseName, names } from '../records/object-names.ts';
import type { Tenant } from '../records/tenant.ts';
import type { Digest } from '../values/digest.ts';
import { isSameJob } from '../values/execution.ts';
import { IDENTIFIER } from '../values/identifier.ts';

/** Operators' controls over the launches of a runtime. */
export type LaunchControls = {
  /** True in a freeze or a lockdown: nothing is launched. */
  frozen: boolean;
  /** Spec: a revoked digest is neither assigned nor launched, because no sandbox may run it. */
  revokedDigests: ReadonlySet<Digest>;
};

/** Assignments by tenant, without the proof and run of a job that the tenant is no longer registered with. */
export type StoredAssignments = ReadonlyMap<string, Versioned<Assignment>>;

/** A runtime's records, as a reconcile or the status read them. */
export type FleetSnapshot = LaunchControls & {
  runtime: string;
  ledger: Ledger;
  /** Every registered tenant. */
  tenants: readonly Tenant[];
  stored: StoredAssignments;
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
  const tenants = registrations.records.filter(({ tenant }) => !unknown.has(tenant));
  const readable = assignments.records.filter(({ value }) => !unknown.has(value.tenant));
  return { tenants, stored: assignmentsByTenant(readable, tenants), unreadable };
}

/** A registration with another job starts its tenant anew: proof and run of the old job are left out. */
export function assignmentsByTenant(
  assignments: readonly Versioned<Assignment>[],
  tenants: readonly Tenant[],
): StoredAssignments {
  const jobs = new Map(tenants.map(({ tenant, job }) => [tenant, job]));
  return new Map(
    assignments.map((stored) => {
      const job = jobs.get(stored.value.tenant);
      const value = job === undefined ? stored.value : assignmentOfJob(stored.value, job);
      return [value.tenant, { ...stored, value }];
    }),
  );
}

/** A launch in flight is kept, because it is evaluated by its own job. */
function assignmentOfJob(assignment: Assignment, job: string): Assignment {
  if (isInFlight(assignment)) return assignment;
  const { adoption, execution, proof } = assignment;
  const ownProof = proof !== null && isSameJob(proof.execution, job) ? proof : null;
  if (execution !== null && !isSameJob(execution, job)) return withoutRun({ ...assignment, proof: ownProof });
  if (ownProof === proof) return assignment;
  return { ...assignment, proof: null, adoption: adoption === 'STALE' ? 'NEVER_RAN' : adoption };
}

function withoutRun(assignment: Assignment): Assignment {
  const nothing = { execution: null, outcome: null, reason: null, retryAt: null };
  return { ...assignment, ...nothing, adoption: idleAdoption(assignment), launchAttempt: 0, unlaunched: 0 };
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
