import { type FleetSnapshot, readableMembers } from '../../core/rollout/fleet-snapshot.ts';
import type { Assignments } from '../../ports/fleet.ts';
import { type ControlDeps, readControls } from '../launch/controls.ts';

export type ReadFleetDeps = ControlDeps & { assignments: Assignments };

/**
 * Reads a runtime: one list call for each 1,000 objects, and the guard.
 *
 * Assignments are listed first, because their writers read the ledger and the holds before. Ledger and holds are then at
 * least as new, so a later promotion's assignment is never planned back to an older pin.
 */
export async function readFleet(runtime: string, deps: ReadFleetDeps): Promise<FleetSnapshot> {
  const assignments = await deps.assignments.list(runtime);
  const [controls, registrations] = await Promise.all([readControls(runtime, deps), deps.fleet.tenants(runtime)]);
  return { runtime, ...controls, ...readableMembers(runtime, registrations, assignments) };
}
