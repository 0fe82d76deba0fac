import { type FleetView, viewFleet } from '../core/fleet-view.ts';
import { assignmentsOf, type GatherDeps, gatherFleet } from './gather-fleet.ts';

/** A runtime as it stands in the ledger and the assignments; undefined where nobody ever heard of it. */
export async function viewRuntime(runtime: string, deps: GatherDeps): Promise<FleetView | undefined> {
  const fleet = await gatherFleet(runtime, deps);
  if (fleet.tenants.length === 0 && fleet.entries.length === 0) return undefined;
  return viewFleet(runtime, { ...fleet, assignments: assignmentsOf(fleet) });
}
