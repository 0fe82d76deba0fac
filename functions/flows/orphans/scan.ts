import pMap from 'p-map';
import type { RetryPolicy } from '../../core/launch/retry-policy.ts';
import { findCandidates, hasFindings, mergeFindings, type ScanInput, truncated } from '../../core/orphans/detect.ts';
import {
  dayBefore,
  decidableUntil,
  type LocationScan,
  locationScans,
  nextScanStart,
  nextScanStarts,
} from '../../core/orphans/scan-window.ts';
import type { OrphanReport } from '../../core/records/orphan-report.ts';
import type { Tenant } from '../../core/records/tenant.ts';
import { readableMembers } from '../../core/rollout/fleet-snapshot.ts';
import { FORMAT_VERSION } from '../../core/values/schemas.ts';
import type { OrphanReports } from '../../ports/orphan-reports.ts';
import { recordConsoleRun } from '../adoption/record-console-run.ts';
import type { RecordReceiptDeps } from '../adoption/record-receipt.ts';
import { classifyExecutions } from './classify.ts';
import { listLocations } from './list-locations.ts';

export type OrphanDeps = RecordReceiptDeps & { orphans: OrphanReports };

export type ScanRequest = {
  runtime: string;
  /** A scan is due this long after the last one. */
  intervalSeconds: number;
  /** Locations and executions that are not checked by then are left to the next scan. */
  deadline: Date;
};

const CONCURRENCY = 10;

/**
 * Compares a fleet with Cloud Run's own lists, if a scan is due. It finds tenants whose job is gone, executions without a
 * recorded launch, and console runs whose receipt no notification brought.
 *
 * @returns undefined if no scan is due, or another process wrote its report first.
 */
export async function scanForOrphans(
  { runtime, intervalSeconds, deadline }: ScanRequest,
  deps: OrphanDeps,
  policy: RetryPolicy,
): Promise<OrphanReport | undefined> {
  const now = deps.clock.now();
  const last = await deps.orphans.read(runtime);
  if (last?.value && now.getTime() - Date.parse(last.value.lookedAt) < intervalSeconds * 1000) return undefined;
  const isPastDeadline = () => deps.clock.now() >= deadline;
  const undecidedSince = last?.value?.undecidedSince ?? {};
  const { scans, input, unavailable } = await readScanInput({ runtime, undecidedSince, isPastDeadline }, deps, policy);
  const candidates = findCandidates(input);
  await pMap(
    candidates.consoleRuns,
    (run) => (isPastDeadline() ? undefined : recordConsoleRun(runtime, run, deps, policy)),
    { concurrency: CONCURRENCY },
  );
  const { orphaned, undecided } = await classifyExecutions(runtime, candidates, isPastDeadline, deps);
  const open = new Set(undecided.map(({ name }) => name));
  const decided = new Set(input.executions.map(({ name }) => name).filter((name) => !open.has(name)));
  const orphans: OrphanReport = {
    formatVersion: FORMAT_VERSION,
    runtime,
    lookedAt: now.toISOString(),
    undecidedSince: nextScanStarts(scans, { unavailable, undecided }, nextScanStart(intervalSeconds, policy, now)),
    jobless: truncated(await stillRegistered(candidates.missingJob, deps)),
    executions: truncated(mergeFindings(orphaned, last?.value?.executions.first ?? [], decided, dayBefore(now))),
    unseen: truncated(unavailable),
  };
  if ((await deps.orphans.write(orphans, last?.generation ?? null)) === 'conflict') return undefined;
  if (hasFindings(orphans)) deps.log.warn('orphans found', orphans);
  return orphans;
}

type ScanScope = Pick<OrphanReport, 'undecidedSince'> & { runtime: string; isPastDeadline: () => boolean };

/**
 * Reads assignments, then registrations, then Cloud Run's lists. The order avoids false findings, because a tenant is
 * registered before its first assignment and its job is created before its registration.
 */
async function readScanInput(
  { runtime, undecidedSince, isPastDeadline }: ScanScope,
  deps: OrphanDeps,
  policy: RetryPolicy,
): Promise<{ scans: LocationScan[]; input: ScanInput; unavailable: string[] }> {
  const now = deps.clock.now();
  const assigned = await deps.assignments.list(runtime);
  const { tenants, stored } = readableMembers(runtime, await deps.fleet.tenants(runtime), assigned);
  const scans = locationScans(tenants, undecidedSince, now);
  const { listed, unavailable, jobs, executions } = await listLocations(scans, isPastDeadline, deps);
  const found = { listedLocations: new Set(listed), jobs: new Set(jobs), executions };
  const input = { tenants, stored, ...found, until: decidableUntil(policy, now) };
  return { scans, input, unavailable };
}

/** Reads each registration again, because a tenant's removal deletes the registration first and the job afterwards. */
async function stillRegistered(withoutJob: readonly Tenant[], { fleet, log }: OrphanDeps): Promise<string[]> {
  const confirm = async ({ runtime, tenant }: Tenant): Promise<string[]> => {
    try {
      return (await fleet.tenant(runtime, tenant)) === undefined ? [] : [tenant];
    } catch (error) {
      log.warn('registration unreadable', { runtime, tenant, error: String(error) });
      return [];
    }
  };
  return (await pMap(withoutJob, confirm, { concurrency: CONCURRENCY })).flat();
}
