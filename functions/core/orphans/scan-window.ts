import type { RetryPolicy } from '../launch/retry-policy.ts';
import type { OrphanReport } from '../records/orphan-report.ts';
import { locationOf, type ProjectRegion, projectRegion, type Tenant } from '../records/tenant.ts';
import type { Execution } from '../values/execution.ts';

const DAY_MS = 86_400_000;

/**
 * Start of a location's scan: its oldest undecided execution, at most 24 h ago.
 *
 * @param undecidedSince from the last scan's report; undefined without one.
 */
export function scanStart(undecidedSince: string | undefined, now: Date): Date {
  const earliest = dayBefore(now).getTime();
  return new Date(Math.max(earliest, undecidedSince === undefined ? earliest : Date.parse(undecidedSince)));
}

/** Younger executions are skipped, because their launcher may still record them. */
export function decidableUntil({ claimSeconds, claimMarginSeconds }: RetryPolicy, now: Date): Date {
  return new Date(now.getTime() - (claimSeconds + claimMarginSeconds) * 1000);
}

/** Start of the next scan: it covers the last interval again, because lists may lag. */
export function nextScanStart(everySeconds: number, policy: RetryPolicy, now: Date): Date {
  return new Date(Math.min(now.getTime() - everySeconds * 1000, decidableUntil(policy, now).getTime()));
}

/** Findings about executions expire 24 h after their creation. */
export function dayBefore(now: Date): Date {
  return new Date(now.getTime() - DAY_MS);
}

/** A location and the start of its scan: older executions are not listed. */
export type LocationScan = { location: ProjectRegion; name: string; since: Date };

/** The locations of the registered tenants' jobs. The projects of former tenants are not scanned. */
export function locationScans(
  tenants: readonly Tenant[],
  undecidedSince: OrphanReport['undecidedSince'],
  now: Date,
): LocationScan[] {
  const jobs = new Map(tenants.map(({ job }) => [locationOf(job), job]));
  return [...jobs].map(([name, job]) => {
    return { name, location: projectRegion(job), since: scanStart(undecidedSince[name], now) };
  });
}

/** An unavailable location starts where this scan did; any other starts before its oldest undecided execution. */
export function nextScanStarts(
  scans: readonly LocationScan[],
  { unavailable, undecided }: { unavailable: readonly string[]; undecided: Iterable<Execution> },
  next: Date,
): OrphanReport['undecidedSince'] {
  const byLocation = Map.groupBy(undecided, ({ job }) => locationOf(job));
  const startOf = ({ name, since }: LocationScan): Date => {
    if (unavailable.includes(name)) return since;
    const undecidedAt = (byLocation.get(name) ?? []).map(({ createdAt }) => Date.parse(createdAt) - 1);
    return new Date(Math.min(next.getTime(), ...undecidedAt));
  };
  return Object.fromEntries(scans.map((scan) => [scan.name, startOf(scan).toISOString()]));
}
