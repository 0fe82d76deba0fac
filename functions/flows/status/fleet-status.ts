import type { Orphans } from '../../core/orphans/detect.ts';
import { type FleetView, viewFleet } from '../../core/status/fleet-status.ts';
import type { OrphanReports } from '../../ports/orphan-reports.ts';
import { assignmentsOf, type GatherDeps, gatherFleet } from '../rollout/read-fleet.ts';

/** A fleet, and what the last look for orphans found; null where nobody has looked yet. */
export type RuntimeView = FleetView & { orphans: Orphans | null };

/** A runtime as it stands in the ledger and the assignments; undefined where nobody ever heard of it. */
export async function viewRuntime(
  runtime: string,
  deps: GatherDeps & { orphans: OrphanReports },
): Promise<RuntimeView | undefined> {
  const [fleet, orphans] = await Promise.all([gatherFleet(runtime, deps), deps.orphans.read(runtime)]);
  if (fleet.tenants.length + fleet.unreadable.length + fleet.entries.length === 0) return undefined;
  const view = viewFleet(runtime, { ...fleet, assignments: assignmentsOf(fleet) });
  return { ...view, orphans: orphans?.value ?? null };
}
