import pMap from 'p-map';
import type { ProjectRegion } from '../../core/records/tenant.ts';
import type { Execution } from '../../core/values/execution.ts';
import type { Launcher } from '../../ports/launcher.ts';
import type { Log } from '../../ports/system.ts';

/** A project and region, and since when its executions are asked for. */
export type LocationScan = { where: ProjectRegion; name: string; since: Date };

export type LocationLists = {
  /** By name, `projects/P/locations/R`. */
  seen: string[];
  unseen: string[];
  jobs: string[];
  executions: Execution[];
};

const CONCURRENCY = 10;
/** The newest of a place; a look that finds more is not the place to say so. */
const MAX_EXECUTIONS = 20_000;

/**
 * Cloud Run's own lists, wherever a fleet has jobs. A place whose lists cannot be had, or not in time, is said to be unseen, and
 * keeps no other from being seen.
 */
export async function listLocations(
  places: readonly LocationScan[],
  isLate: () => boolean,
  deps: { launcher: Launcher; log: Log },
): Promise<LocationLists> {
  const found: LocationLists = { seen: [], unseen: [], jobs: [], executions: [] };
  const look = async ({ where, name, since }: LocationScan): Promise<void> => {
    try {
      requireTime(isLate);
      const executions = await youngExecutions(deps.launcher.executions(where), since, isLate);
      const jobs = await all(deps.launcher.jobs(where), isLate);
      found.seen.push(name);
      found.executions.push(...executions);
      found.jobs.push(...jobs);
    } catch (error) {
      found.unseen.push(name);
      deps.log.warn('jobs and executions cannot be listed', { where: name, error: String(error) });
    }
  };
  await pMap(places, look, { concurrency: CONCURRENCY });
  return found;
}

async function youngExecutions(
  pages: AsyncIterable<Execution[]>,
  since: Date,
  isLate: () => boolean,
): Promise<Execution[]> {
  const found: Execution[] = [];
  for await (const page of pages) {
    const young = page.filter(({ createdAt }) => Date.parse(createdAt) > since.getTime());
    found.push(...young);
    // The newest come first: behind one that is older, all are.
    if (young.length < page.length || found.length >= MAX_EXECUTIONS) break;
    requireTime(isLate);
  }
  return found.slice(0, MAX_EXECUTIONS);
}

async function all<T>(pages: AsyncIterable<T[]>, isLate: () => boolean): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) {
    found.push(...page);
    requireTime(isLate);
  }
  return found;
}

function requireTime(isLate: () => boolean): void {
  if (isLate()) throw new Error('the time for the look is over');
}
