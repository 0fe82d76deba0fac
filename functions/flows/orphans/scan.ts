import pMap from 'p-map';
import type { RetryPolicy } from '../../core/launch/backoff.ts';
import { findCandidates, hasFindings, mergeFindings, type ScanInput, truncated } from '../../core/orphans/detect.ts';
import { dayBefore, decidableUntil, nextScanStart, scanStart } from '../../core/orphans/scan-window.ts';
import type { OrphanReport } from '../../core/records/orphan-report.ts';
import { locationOf, projectRegion, type Tenant } from '../../core/records/tenant.ts';
import { assignmentsOf, readableMembers } from '../../core/rollout/fleet-snapshot.ts';
import type { Execution } from '../../core/values/execution.ts';
import { FORMAT_VERSION } from '../../core/values/schemas.ts';
import type { OrphanReports } from '../../ports/orphan-reports.ts';
import { recordConsoleRun } from '../adoption/record-console-run.ts';
import type { RecordReceiptDeps } from '../adoption/record-receipt.ts';
import { classifyExecutions } from './classify.ts';
import { type LocationScan, listLocations } from './list-locations.ts';

export type OrphanDeps = RecordReceiptDeps & { orphans: OrphanReports };

export type ScanRequest = {
  runtime: string;
  /** A look is due so long after the last. */
  everySeconds: number;
  /** What is not seen or decided by then is left for the next look. */
  deadline: Date;
};

const CONCURRENCY = 10;

/**
 * Holds a fleet against Cloud Run's own lists: tenants whose job is gone, executions that nobody launched, and console runs
 * whose receipt no notification brought. Too much for every pass, and nothing that a pass would see: it looks only at what
 * is due.
 *
 * @returns what was found; undefined where no look is due, or another process looked meanwhile.
 */
export async function scanForOrphans(
  { runtime, everySeconds, deadline }: ScanRequest,
  deps: OrphanDeps,
  policy: RetryPolicy,
): Promise<OrphanReport | undefined> {
  const now = deps.clock.now();
  const last = await deps.orphans.read(runtime);
  if (last?.value && now.getTime() - Date.parse(last.value.lookedAt) < everySeconds * 1000) return undefined;
  const isLate = () => deps.clock.now() >= deadline;
  const { places, looked, unseen } = await look(runtime, last?.value ?? null, isLate, deps, policy);
  const suspicions = findCandidates(looked);
  await pMap(suspicions.consoleRuns, (run) => (isLate() ? undefined : recordConsoleRun(runtime, run, deps, policy)), {
    concurrency: CONCURRENCY,
  });
  const { strays, undecided } = await classifyExecutions(runtime, suspicions, isLate, deps);
  const decided = new Set(looked.executions.map(({ name }) => name).filter((name) => !undecided.has(name)));
  const orphans: OrphanReport = {
    formatVersion: FORMAT_VERSION,
    runtime,
    lookedAt: now.toISOString(),
    undecidedSince: beginnings(places, unseen, undecided, nextScanStart(everySeconds, policy, now)),
    jobless: truncated(await stillRegistered(suspicions.missingJob, deps)),
    executions: truncated(mergeFindings(strays, last?.value?.executions.first ?? [], decided, dayBefore(now))),
    unseen: truncated(unseen),
  };
  if ((await deps.orphans.write(orphans, last?.generation ?? null)) === 'conflict') return undefined;
  if (hasFindings(orphans)) deps.log.warn('orphans found', orphans);
  return orphans;
}

/** In this order: whoever has an assignment was registered before, and infrastructure makes a job before its registration. */
async function look(
  runtime: string,
  last: OrphanReport | null,
  isLate: () => boolean,
  deps: OrphanDeps,
  policy: RetryPolicy,
): Promise<{ places: LocationScan[]; looked: ScanInput; unseen: string[] }> {
  const now = deps.clock.now();
  const listed = await deps.assignments.list(runtime);
  const { tenants, stored } = readableMembers(runtime, await deps.fleet.tenants(runtime), listed);
  const places = placesOf(tenants, last?.undecidedSince ?? {}, now);
  const { seen, unseen, jobs, executions } = await listLocations(places, isLate, deps);
  const assignments = assignmentsOf({ stored });
  const found = { listedLocations: new Set(seen), jobs: new Set(jobs), executions };
  return { places, looked: { tenants, assignments, ...found, until: decidableUntil(policy, now) }, unseen };
}

/** Where the fleet has jobs. What a former tenant's project runs, or whether it is there at all, is nobody's business here. */
function placesOf(
  tenants: readonly Tenant[],
  undecidedSince: OrphanReport['undecidedSince'],
  now: Date,
): LocationScan[] {
  const jobs = new Map(tenants.map(({ job }) => [locationOf(job), job]));
  return [...jobs].map(([name, job]) => {
    return { name, where: projectRegion(job), since: scanStart(undecidedSince[name], now) };
  });
}

/** Where the next look begins: where nothing was seen as early as this one, and before what was left undecided. */
function beginnings(
  places: readonly LocationScan[],
  unseen: readonly string[],
  undecided: ReadonlyMap<string, Execution>,
  next: Date,
): OrphanReport['undecidedSince'] {
  const left = Map.groupBy(undecided.values(), ({ job }) => locationOf(job));
  const beginning = ({ name, since }: LocationScan): Date => {
    if (unseen.includes(name)) return since;
    const oldest = (left.get(name) ?? []).map(({ createdAt }) => Date.parse(createdAt) - 1);
    return new Date(Math.min(next.getTime(), ...oldest));
  };
  return Object.fromEntries(places.map((place) => [place.name, beginning(place).toISOString()]));
}

/** Whoever is taken out of a fleet loses the registration first and then the job: in between he is no orphan. */
async function stillRegistered(jobless: readonly Tenant[], { fleet, log }: OrphanDeps): Promise<string[]> {
  const confirm = async ({ runtime, tenant }: Tenant): Promise<string[]> => {
    try {
      return (await fleet.tenant(runtime, tenant)) === undefined ? [] : [tenant];
    } catch (error) {
      log.warn('registration cannot be read now', { runtime, tenant, error: String(error) });
      return [];
    }
  };
  return (await pMap(jobless, confirm, { concurrency: CONCURRENCY })).flat();
}
