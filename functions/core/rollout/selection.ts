import { isInFlight } from '../records/assignment.ts';
import type { Tenant } from '../records/tenant.ts';
import type { FleetSnapshot } from './fleet-snapshot.ts';
import type { Plan } from './reconcile.ts';

/** The tenants that a reconcile is about, and what an operator asked for. */
export type Selection = {
  /** Absent: every tenant of the runtime. */
  tenants?: readonly string[];
  /** An operator asks to launch failed tenants again. */
  relaunch: boolean;
  /** A receipt asked, whose verdict is recorded: the evidence of other runs is left to the scheduled recheck. */
  isPrompted?: boolean;
};

export function selectTenants({ tenants }: Selection, fleet: FleetSnapshot): Tenant[] {
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

/** The tenants that the plan has no action for. */
export function tenantsWithoutAction({ actions }: Plan, selection: Selection, fleet: FleetSnapshot): Tenant[] {
  const acted = new Set(actions.map(({ tenant }) => tenant.tenant));
  return selectTenants(selection, fleet).filter(({ tenant }) => !acted.has(tenant));
}

/** An operator's relaunch: the named tenants, or all that failed. */
export function relaunchOf({ relaunch, tenants }: Selection): ReadonlySet<string> | 'failed' | 'none' {
  if (!relaunch) return 'none';
  return tenants === undefined ? 'failed' : new Set(tenants);
}
