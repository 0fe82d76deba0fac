import pMap from 'p-map';
import type { Assignment } from '../core/assignment.ts';
import { jobOf, shortName } from '../core/execution.ts';
import { isLaunchId } from '../core/launch-id.ts';
import { dayBefore, type LookWindow, lookWindow } from '../core/look-window.ts';
import { names } from '../core/object-names.ts';
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
import { type ReceiptDeps, takeReceipt } from './take-receipt.ts';

export type OrphanDeps = ReceiptDeps & { orphans: OrphanReports };

const CONCURRENCY = 10;
const KINDS = ['adopted', 'refused', 'finished'] as const;

/**
 * Holds a fleet against Cloud Run's own lists, once in so many seconds: tenants whose job is gone, executions that nobody
 * launched, and console runs whose receipt no notification brought. Too much for every pass, and nothing that a pass would
 * see: it looks only at what is due.
 *
 * @returns what was found; undefined where the last look is not old enough, or another process looked meanwhile.
 */
export async function lookForOrphans(
  runtime: string,
  everySeconds: number,
  deps: OrphanDeps,
  policy: RetryPolicy,
): Promise<Orphans | undefined> {
  const now = deps.clock.now();
  const last = await deps.orphans.read(runtime);
  const lastLook = last && new Date(last.value.lookedAt);
  if (lastLook !== undefined && now.getTime() - lastLook.getTime() < everySeconds * 1000) return undefined;
  const window = lookWindow(lastLook, everySeconds, policy, now);
  const suspicions = suspectOrphans(await look(runtime, window, deps));
  await pMap(suspicions.consoleRuns, (run) => takeConsoleRun(runtime, run, deps, policy), { concurrency: CONCURRENCY });
  const strays = withEarlier(
    await straysOf(runtime, suspicions, deps),
    last?.value.executions.first ?? [],
    dayBefore(now),
  );
  const orphans: Orphans = {
    formatVersion: FORMAT_VERSION,
    runtime,
    lookedAt: now.toISOString(),
    jobless: listed(await stillRegistered(suspicions.jobless, deps)),
    unregistered: listed(suspicions.unregistered),
    executions: listed(strays),
  };
  if ((await deps.orphans.write(orphans, last?.generation ?? null)) === 'conflict') return undefined;
  if (areAny(orphans)) deps.log.warn('orphans found', orphans);
  return orphans;
}

/** In this order: whoever has an assignment was registered before, and infrastructure makes a job before its registration. */
async function look(runtime: string, window: LookWindow, deps: OrphanDeps): Promise<Looked> {
  const stored = await deps.assignments.list(runtime);
  const tenants = await deps.fleet.tenants(runtime);
  const assignments = new Map(stored.map(({ value }) => [value.tenant, value]));
  const places = placesOf(tenants, [...assignments.values()]);
  const seen = await pMap(
    places,
    async (where) => {
      const executions = await deps.launcher.executionsSince(where, window.since);
      return { executions, jobs: await deps.launcher.jobs(where) };
    },
    { concurrency: CONCURRENCY },
  );
  const jobs = new Set(seen.flatMap((place) => place.jobs));
  return { tenants, assignments, jobs, executions: seen.flatMap(({ executions }) => executions), until: window.until };
}

function placesOf(tenants: readonly Tenant[], assignments: readonly Assignment[]): ProjectRegion[] {
  const jobs = [
    ...tenants.map(({ job }) => job),
    ...assignments.flatMap(({ execution }) => execution ?? []).map(jobOf),
  ];
  const places = jobs.map(projectRegion);
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

async function straysOf(runtime: string, suspicions: Suspicions, deps: OrphanDeps): Promise<StrayExecution[]> {
  const strays = await pMap(
    suspicions.suspects,
    async (suspect) => {
      const why = whyStray(suspect, await recordedFor(runtime, suspect, deps));
      return why === undefined ? [] : [strayOf(suspect, why)];
    },
    { concurrency: CONCURRENCY },
  );
  const ownerless = suspicions.ownerless.map((one) => strayOf(one, `${one.tenant} is registered no more`));
  return [...strays.flat(), ...ownerless];
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

/** Where its notification was lost, nothing else would ever ask for the receipt of a console run. */
async function takeConsoleRun(
  runtime: string,
  { execution, tenant, assignment }: OwnExecution,
  deps: OrphanDeps,
  policy: RetryPolicy,
): Promise<void> {
  if (assignment === undefined || assignment.adoption === 'ADOPTED') return;
  if (Date.parse(execution.createdAt) <= Date.parse(assignment.assignedAt)) return;
  const name = { tenant, runtime, execution: shortName(execution.name), taskIndex: 0, taskAttempt: execution.retries };
  try {
    for (const kind of KINDS) await takeReceipt(names.receipt({ ...name, kind }), deps, policy);
  } catch (error) {
    deps.log.warn('console run cannot be judged now', { execution: execution.name, error: String(error) });
  }
}
