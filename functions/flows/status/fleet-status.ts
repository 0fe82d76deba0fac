import type { OrphanReport } from '../../core/records/orphan-report.ts';
import { assignmentsOf } from '../../core/rollout/fleet-snapshot.ts';
import { type FleetView, viewFleet } from '../../core/status/fleet-status.ts';
import type { OrphanReports } from '../../ports/orphan-reports.ts';
import { type ReadFleetDeps, readFleet } from '../rollout/read-fleet.ts';

/** A fleet, and what the last look for orphans found; null where nobody has looked yet. */
export type RuntimeStatus = FleetView & { orphans: OrphanReport | null };

/** A runtime as it stands in the ledger and the assignments; undefined where nobody ever heard of it. */
export async function readFleetStatus(
  runtime: string,
  deps: ReadFleetDeps & { orphans: OrphanReports },
): Promise<RuntimeStatus | undefined> {
  const [fleet, orphans] = await Promise.all([readFleet(runtime, deps), deps.orphans.read(runtime)]);
  if (fleet.tenants.length + fleet.unreadable.length + fleet.entries.length === 0) return undefined;
  const view = viewFleet(runtime, { ...fleet, assignments: assignmentsOf(fleet) });
  return { ...view, orphans: orphans?.value ?? null };
}
