import { type FleetSnapshot, readableMembers } from '../../core/rollout/fleet-snapshot.ts';
import type { Assignments, FleetRegistry } from '../../ports/fleet.ts';
import type { Ledgers } from '../../ports/ledger.ts';
import { readLaunchControls } from '../launch/freeze.ts';

export type ReadFleetDeps = { ledgers: Ledgers; fleet: FleetRegistry; assignments: Assignments };

/**
 * Reads a runtime: one list call for each 1,000 objects, and the guard.
 *
 * Assignments are listed first, because their writers read the ledger and the holds before. Ledger and holds are then at
 * least as new, so a later promotion's assignment is never planned back to an older pin.
 */
export async function readFleet(runtime: string, deps: ReadFleetDeps): Promise<FleetSnapshot> {
  const assignments = await deps.assignments.list(runtime);
  const [ledger, registrations, holds, controls] = await Promise.all([
    deps.ledgers.read(runtime),
    deps.fleet.tenants(runtime),
    deps.fleet.holds(runtime),
    readLaunchControls(runtime, deps.fleet),
  ]);
  return { runtime, ledger, holds, ...controls, ...readableMembers(runtime, registrations, assignments) };
}
