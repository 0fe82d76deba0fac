import type { Assignment } from '../core/assignment.ts';
import type { LedgerEntry } from '../core/ledger-entry.ts';
import type { Tenant } from '../core/tenant.ts';
import type { Assignments } from '../ports/assignments.ts';
import type { FleetRegistry } from '../ports/fleet.ts';
import type { Pins } from '../ports/pins.ts';
import type { Versioned } from '../ports/versioned.ts';
import { type LaunchControls, readLaunchControls } from './launch-stop.ts';

export type GatherDeps = { pins: Pins; fleet: FleetRegistry; assignments: Assignments };

export type GatheredFleet = LaunchControls & {
  runtime: string;
  entries: LedgerEntry[];
  tenants: Tenant[];
  stored: Map<string, Versioned<Assignment>>;
  holds: Set<string>;
};

/**
 * Everything a pass needs of a runtime, by list calls, whose number grows with the fleet's thousands, and one read.
 *
 * The assignments come first: whoever wrote one had read the ledger and the holds before, so what is read after it is at
 * least as new, and nobody's later pin is taken for one to move away from.
 */
export async function gatherFleet(runtime: string, deps: GatherDeps): Promise<GatheredFleet> {
  const assignments = await deps.assignments.list(runtime);
  const [entries, tenants, holds, controls] = await Promise.all([
    deps.pins.list(runtime),
    deps.fleet.tenants(runtime),
    deps.fleet.holds(runtime),
    readLaunchControls(runtime, deps.fleet),
  ]);
  const stored = new Map(assignments.map((assignment) => [assignment.value.tenant, assignment]));
  return { runtime, entries, tenants, stored, holds, ...controls };
}

export function assignmentsOf(fleet: GatheredFleet): Map<string, Assignment> {
  return new Map([...fleet.stored].map(([tenant, { value }]) => [tenant, value]));
}

/** The generation that a tenant's assignment was read at; null where there is none. */
export function generationOf(fleet: GatheredFleet, tenant: string): string | null {
  return fleet.stored.get(tenant)?.generation ?? null;
}
