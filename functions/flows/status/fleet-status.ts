import type { OrphanReport } from '../../core/records/orphan-report.ts';
import { type FleetView, viewFleet } from '../../core/status/fleet-status.ts';
import type { OrphanReports } from '../../ports/orphan-reports.ts';
import { type ReadFleetDeps, readFleet } from '../read-fleet.ts';

/** A fleet and its last orphan report; null before the first scan. */
export type RuntimeStatus = FleetView & { orphans: OrphanReport | null };

/** Reads a runtime's status; undefined if it has no tenant and no promotion. */
export async function readFleetStatus(
  runtime: string,
  deps: ReadFleetDeps & { orphans: OrphanReports },
): Promise<RuntimeStatus | undefined> {
  const [fleet, orphans] = await Promise.all([readFleet(runtime, deps), deps.orphans.read(runtime)]);
  if (fleet.tenants.length + fleet.unreadable.length + fleet.ledger.entries.length === 0) return undefined;
  return { ...viewFleet(fleet), orphans: orphans?.value ?? null };
}
