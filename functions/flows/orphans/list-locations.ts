import pMap from 'p-map';
import type { LocationScan } from '../../core/orphans/scan-window.ts';
import type { Execution } from '../../core/values/execution.ts';
import type { Launcher } from '../../ports/launcher.ts';
import type { Log } from '../../ports/system.ts';

export type LocationLists = {
  /** By name, `projects/P/locations/R`. */
  listed: string[];
  unavailable: string[];
  jobs: string[];
  executions: Execution[];
};

const CONCURRENCY = 10;
/** Cap per location; older executions are skipped. */
const MAX_EXECUTIONS = 20_000;

/**
 * Lists the jobs and executions of each location. A location whose lists fail, or take until the deadline, is `unavailable`;
 * the others are listed all the same.
 */
export async function listLocations(
  scans: readonly LocationScan[],
  isPastDeadline: () => boolean,
  deps: { launcher: Launcher; log: Log },
): Promise<LocationLists> {
  const found: LocationLists = { listed: [], unavailable: [], jobs: [], executions: [] };
  const list = async ({ location, name, since }: LocationScan): Promise<void> => {
    try {
      requireTime(isPastDeadline);
      const executions = await youngExecutions(deps.launcher.executions(location), since, isPastDeadline);
      const jobs = await all(deps.launcher.jobs(location), isPastDeadline);
      found.listed.push(name);
      found.executions.push(...executions);
      found.jobs.push(...jobs);
    } catch (error) {
      found.unavailable.push(name);
      deps.log.warn('location not listed', { location: name, error: String(error) });
    }
  };
  await pMap(scans, list, { concurrency: CONCURRENCY });
  return found;
}

async function youngExecutions(
  pages: AsyncIterable<Execution[]>,
  since: Date,
  isPastDeadline: () => boolean,
): Promise<Execution[]> {
  const found: Execution[] = [];
  for await (const page of pages) {
    const young = page.filter(({ createdAt }) => Date.parse(createdAt) > since.getTime());
    found.push(...young);
    // Cloud Run lists the newest first: after an older execution all are older.
    if (young.length < page.length || found.length >= MAX_EXECUTIONS) break;
    requireTime(isPastDeadline);
  }
  return found.slice(0, MAX_EXECUTIONS);
}

async function all<T>(pages: AsyncIterable<T[]>, isPastDeadline: () => boolean): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) {
    found.push(...page);
    requireTime(isPastDeadline);
  }
  return found;
}

function requireTime(isPastDeadline: () => boolean): void {
  if (isPastDeadline()) throw new Error('the deadline of the scan has passed');
}
