import { needsEvidence, type Unsettled } from '../adoption/evidence.ts';
import { isInFlight } from '../records/assignment.ts';
import type { Tenant } from '../records/tenant.ts';
import type { FleetSnapshot } from './fleet-snapshot.ts';
import type { Relaunch } from './reconcile.ts';

/** The tenants that a reconcile is about, and what an operator asked for. */
export type Selection = {
  /** Absent: every tenant of the runtime. */
  tenants?: readonly string[];
  /** An operator asks to launch failed tenants again. */
  relaunch: boolean;
  /** When the operator asked for the relaunch; absent: now. */
  requestedAt?: Date;
  /** A receipt asked, whose verdict is recorded: the evidence of other runs is left to the scheduled recheck. */
  isPrompted?: boolean;
};

/** The tenants of a selection, and when they can be planned. */
export type SelectedTenants = {
  all: readonly Tenant[];
  /** Planned before evidence is collected: evidence of a launch in flight may prove its pin first. */
  ready: readonly Tenant[];
  /** Their evidence is collected. */
  unsettled: readonly Unsettled[];
  /** An operator's relaunch: of the named tenants, or of all that failed. */
  relaunch: Relaunch | undefined;
};

export function selectTenants(selection: Selection, fleet: FleetSnapshot, now: Date): SelectedTenants {
  const { tenants, isPrompted, requestedAt = now } = selection;
  const named = tenants && new Set(tenants);
  const all = named === undefined ? fleet.tenants : fleet.tenants.filter(({ tenant }) => named.has(tenant));
  const relaunch = selection.relaunch ? { tenants: named ?? ('failed' as const), requestedAt } : undefined;
  if (isPrompted) return { all, ready: all, unsettled: [], relaunch };
  const assigned = all.map((tenant) => ({ tenant, assignment: fleet.stored.get(tenant.tenant)?.value }));
  return {
    all,
    relaunch,
    ready: assigned.filter(({ assignment: one }) => !(one && isInFlight(one))).map(({ tenant }) => tenant),
    unsettled: assigned.flatMap(({ tenant, assignment }) =>
      assignment && needsEvidence(assignment) ? [{ tenant, assignment }] : [],
    ),
  };
}
