import { type FleetSnapshot, readableMembers } from '../../core/rollout/fleet-snapshot.ts';
import type { Assignments, FleetRegistry } from '../../ports/fleet.ts';
import type { Ledger } from '../../ports/ledger.ts';
import { readLaunchControls } from '../launch/freeze.ts';

export type ReadFleetDeps = { pins: Ledger; fleet: FleetRegistry; assignments: Assignments };

/**
 * Reads a runtime: one list call for each 1,000 objects, and the guard.
 *
 * Assignments are listed first, because their writers read the ledger and the holds before. Ledger and holds are then at
 * least as new, so a later promotion's assignment is never planned back to an older pin.
 */
export async function readFleet(runtime: string, deps: ReadFleetDeps): Promise<FleetSnapshot> {
  const assignments = await deps.assignments.list(runtime);
  const [entries, registrations, holds, controls] = await Promise.all([
    deps.pins.list(runtime),
    deps.fleet.tenants(runtime),
    deps.fleet.holds(runtime),
    readLaunchControls(runtime, deps.fleet),
  ]);
  return { runtime, entries, holds, ...controls, ...readableMembers(runtime, registrations, assignments) };
}
