import { needsEvidence, type Unsettled } from '../adoption/evaluate.ts';
import { isInFlight } from '../records/assignment.ts';
import type { Tenant } from '../records/tenant.ts';
import type { FleetSnapshot } from './fleet-snapshot.ts';
import type { Plan, Relaunch } from './reconcile.ts';

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

export function selectTenants({ tenants }: Selection, fleet: FleetSnapshot): readonly Tenant[] {
  if (tenants === undefined) return fleet.tenants;
  const selected = new Set(tenants);
  return fleet.tenants.filter(({ tenant }) => selected.has(tenant));
}

/** The tenants that can be planned before evidence is collected. Evidence of a launch in flight may prove its pin first. */
export function tenantsWithoutEvidence(selection: Selection, fleet: FleetSnapshot): Tenant[] {
  const hasLaunchInFlight = ({ tenant }: Tenant) =>
    isInFlight(fleet.stored.get(tenant)?.value ?? { adoption: 'NEVER_RAN' });
  return selectTenants(selection, fleet).filter((tenant) => selection.isPrompted || !hasLaunchInFlight(tenant));
}

/** The tenants whose evidence is collected; none if a receipt asked. */
export function unsettledTenants(selection: Selection, fleet: FleetSnapshot): Unsettled[] {
  if (selection.isPrompted) return [];
  return selectTenants(selection, fleet).flatMap((tenant) => {
    const assignment = fleet.stored.get(tenant.tenant)?.value;
    return assignment !== undefined && needsEvidence(assignment) ? [{ tenant, assignment }] : [];
  });
}

/** The tenants that the plan has no action for. */
export function tenantsWithoutAction({ actions }: Plan, selection: Selection, fleet: FleetSnapshot): Tenant[] {
  const acted = new Set(actions.map(({ tenant }) => tenant.tenant));
  return selectTenants(selection, fleet).filter(({ tenant }) => !acted.has(tenant));
}

/** An operator's relaunch: the named tenants, or all that failed. */
export function relaunchOf({ relaunch, tenants, requestedAt }: Selection, now: Date): Relaunch | undefined {
  if (!relaunch) return undefined;
  return { tenants: tenants === undefined ? 'failed' : new Set(tenants), requestedAt: requestedAt ?? now };
}
