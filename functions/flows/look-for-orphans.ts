import pMap from 'p-map';
import { isLaunchId } from '../core/launch-id.ts';
import { dayBefore, type LookWindow, lookWindow } from '../core/look-window.ts';
import {
  areAny,
  type Looked,
  listed,
  type Orphans,
  type OwnExecution,
  type StrayExecution,
  type Suspicions,
  suspectOrphans,
  whyStray,
  withEarlier,
} from '../core/orphans.ts';
import { FORMAT_VERSION } from '../core/record.ts';
import type { RetryPolicy } from '../core/retry-policy.ts';
import { type ProjectRegion, projectRegion, type Tenant } from '../core/tenant.ts';
import type { OrphanReports } from '../ports/orphan-reports.ts';
import { lookAtPlaces, type PlacesSeen } from './look-at-places.ts';
import { takeConsoleRun } from './take-console-run.ts';
import type { ReceiptDeps } from './take-receipt.ts';

export type OrphanDeps = ReceiptDeps & { orphans: OrphanReports };

export type LookRequest = {
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
export async function lookForOrphans(
  { runtime, everySeconds, deadline }: LookRequest,
  deps: OrphanDeps,
  policy: RetryPolicy,
): Promise<Orphans | undefined> {
  const now = deps.clock.now();
  const last = await deps.orphans.read(runtime);
  if (last?.value && now.getTime() - Date.parse(last.value.lookedAt) < everySeconds * 1000) return undefined;
  const undecidedSince = last?.value ? new Date(last.value.undecidedSince) : undefined;
  const window = lookWindow(undecidedSince, everySeconds, policy, now);
  const isLate = () => deps.clock.now() >= deadline;
  const { looked, unseen } = await look(runtime, window, isLate, deps);
  const suspicions = suspectOrphans(looked);
  await pMap(suspicions.consoleRuns, (run) => (isLate() ? undefined : takeConsoleRun(runtime, run, deps, policy)), {
    concurrency: CONCURRENCY,
  });
  const { strays, decided } = await straysOf(runtime, suspicions, isLate, deps);
  const orphans: Orphans = {
    formatVersion: FORMAT_VERSION,
    runtime,
    lookedAt: now.toISOString(),
    undecidedSince: (unseen.length > 0 || isLate() ? window.since : window.next).toISOString(),
    jobless: listed(await stillRegistered(suspicions.jobless, deps)),
    unregistered: listed(suspicions.unregistered),
    executions: listed(withEarlier(strays, last?.value?.executions.first ?? [], decided, dayBefore(now))),
    unseen: listed(unseen),
  };
  if ((await deps.orphans.write(orphans, last?.generation ?? null)) === 'conflict') return undefined;
  if (areAny(orphans)) deps.log.warn('orphans found', orphans);
  return orphans;
}

/** In this order: whoever has an assignment was registered before, and infrastructure makes a job before its registration. */
async function look(
  runtime: string,
  window: LookWindow,
  isLate: () => boolean,
  deps: OrphanDeps,
): Promise<{ looked: Looked } & Pick<PlacesSeen, 'unseen'>> {
  const stored = await deps.assignments.list(runtime);
  const tenants = await deps.fleet.tenants(runtime);
  const { seen, unseen, jobs, executions } = await lookAtPlaces(placesOf(tenants), window.since, isLate, deps);
  const assignments = new Map(stored.map(({ value }) => [value.tenant, value]));
  const places = { seen: new Set(seen), jobs: new Set(jobs), executions };
  const newsSince = dayBefore(deps.clock.now());
  return { looked: { tenants, assignments, ...places, until: window.until, newsSince }, unseen };
}

/** Where the fleet has jobs. What a former tenant's project runs, or whether it is there at all, is nobody's business here. */
function placesOf(tenants: readonly Tenant[]): ProjectRegion[] {
  const places = tenants.map(({ job }) => projectRegion(job));
  return [...new Map(places.map((place) => [`${place.project}/${place.region}`, place])).values()];
}

/** Whoever is taken out of a fleet loses the registration first and then the job: in between he is no orphan. */
async function stillRegistered(jobless: readonly Tenant[], { fleet }: OrphanDeps): Promise<string[]> {
  const confirmed = await pMap(
    jobless,
    async ({ runtime, tenant }) => ((await fleet.tenant(runtime, tenant)) === undefined ? [] : [tenant]),
    { concurrency: CONCURRENCY },
  );
  return confirmed.flat();
}

async function straysOf(
  runtime: string,
  { suspects, ownerless }: Suspicions,
  isLate: () => boolean,
  deps: OrphanDeps,
): Promise<{ strays: StrayExecution[]; decided: Set<string> }> {
  const decided = new Set<string>();
  const strays = ownerless.map((one) => strayOf(one, `it runs, and ${one.tenant} is registered no more`));
  const decide = async (suspect: OwnExecution): Promise<void> => {
    if (isLate()) return;
    const why = whyStray(suspect, await recordedFor(runtime, suspect, deps));
    decided.add(suspect.execution.name);
    if (why !== undefined) strays.push(strayOf(suspect, why));
  };
  await pMap(suspects, decide, { concurrency: CONCURRENCY });
  for (const { execution } of ownerless) decided.add(execution.name);
  return { strays, decided };
}

function strayOf({ execution, tenant }: OwnExecution, why: string): StrayExecution {
  return { execution: execution.name, tenant, createdAt: execution.createdAt, why };
}

async function recordedFor(
  runtime: string,
  { execution, tenant }: OwnExecution,
  { launches }: OrphanDeps,
): Promise<string | undefined> {
  const { launchId } = execution;
  if (launchId === null || !isLaunchId(launchId)) return undefined;
  return (await launches.read(runtime, tenant, launchId))?.execution;
}
