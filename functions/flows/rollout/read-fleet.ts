import type { Assignment } from '../../core/records/assignment.ts';
import type { LedgerEntry } from '../../core/records/ledger-entry.ts';
import type { Tenant } from '../../core/records/tenant.ts';
import { type Listed, type Unreadable, unreadableTenants } from '../../core/records/unreadable.ts';
import type { Versioned } from '../../core/records/versioned.ts';
import type { Assignments, FleetRegistry } from '../../ports/fleet.ts';
import type { Pins } from '../../ports/ledger.ts';
import { type LaunchControls, readLaunchControls } from '../launch/freeze.ts';

export type GatherDeps = { pins: Pins; fleet: FleetRegistry; assignments: Assignments };

export type GatheredFleet = LaunchControls & {
  runtime: string;
  entries: LedgerEntry[];
  tenants: Tenant[];
  stored: Map<string, Versioned<Assignment>>;
  holds: Set<string>;
  /** Registrations and assignments that cannot be read. Their tenants are in neither `tenants` nor `stored`. */
  unreadable: Unreadable[];
};

/**
 * Everything a pass needs of a runtime, by list calls, whose number grows with the fleet's thousands, and one read.
 *
 * The assignments come first: whoever wrote one had read the ledger and the holds before, so what is read after it is at
 * least as new, and nobody's later pin is taken for one to move away from.
 */
export async function gatherFleet(runtime: string, deps: GatherDeps): Promise<GatheredFleet> {
  const assignments = await deps.assignments.list(runtime);
  const [entries, registrations, holds, controls] = await Promise.all([
    deps.pins.list(runtime),
    deps.fleet.tenants(runtime),
    deps.fleet.holds(runtime),
    readLaunchControls(runtime, deps.fleet),
  ]);
  return { runtime, entries, holds, ...controls, ...readableMembers(runtime, registrations, assignments) };
}

/** The tenants whose registration and assignment can be read, where there is one. */
export function readableMembers(
  runtime: string,
  registrations: Listed<Tenant>,
  assignments: Listed<Versioned<Assignment>>,
): Pick<GatheredFleet, 'tenants' | 'stored' | 'unreadable'> {
  const unreadable = [...registrations.unreadable, ...assignments.unreadable];
  const unknown = unreadableTenants(runtime, unreadable);
  const stored = assignments.records.filter(({ value }) => !unknown.has(value.tenant));
  return {
    tenants: registrations.records.filter(({ tenant }) => !unknown.has(tenant)),
    stored: new Map(stored.map((assignment) => [assignment.value.tenant, assignment])),
    unreadable,
  };
}

export function assignmentsOf(fleet: Pick<GatheredFleet, 'stored'>): Map<string, Assignment> {
  return new Map([...fleet.stored].map(([tenant, { value }]) => [tenant, value]));
}

/** The generation that a tenant's assignment was read at; null where there is none. */
export function generationOf(fleet: GatheredFleet, tenant: string): string | null {
  return fleet.stored.get(tenant)?.generation ?? null;
}
