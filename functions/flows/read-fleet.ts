import type { Ledger } from '../core/promotion/ledger.ts';
import { isLockedDown } from '../core/records/guard.ts';
import { type FleetSnapshot, type LaunchControls, readableMembers } from '../core/rollout/fleet-snapshot.ts';
import type { Assignments, FleetRegistry } from '../ports/fleet.ts';
import type { Ledgers } from '../ports/ledger.ts';

export type ControlDeps = { ledgers: Ledgers; fleet: FleetRegistry };
export type ReadFleetDeps = ControlDeps & { assignments: Assignments };

/** Everything that may block an assignment or a launch after the plan was made. */
export type Controls = LaunchControls & { ledger: Ledger; holds: ReadonlySet<string> };

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

/** Reads what the launch gate asks again before each launch. */
export async function readControls(runtime: string, { ledgers, fleet }: ControlDeps): Promise<Controls> {
  const [ledger, holds, isFrozen, guard] = await Promise.all([
    ledgers.read(runtime),
    fleet.holds(runtime),
    fleet.isFrozen(runtime),
    fleet.guard(),
  ]);
  const frozen = isFrozen || isLockedDown(guard, runtime);
  return { ledger, holds, frozen, revokedDigests: new Set(guard.revokedDigests) };
}
