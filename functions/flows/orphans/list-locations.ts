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
  const lists = await pMap(scans, (scan) => listLocation(scan, isPastDeadline, deps), { concurrency: CONCURRENCY });
  const listed = lists.filter((list) => list !== undefined);
  return {
    listed: listed.map(({ name }) => name),
    unavailable: scans.filter((_, index) => lists[index] === undefined).map(({ name }) => name),
    jobs: listed.flatMap(({ jobs }) => jobs),
    executions: listed.flatMap(({ executions }) => executions),
  };
}

/** Undefined if the location is unavailable. */
async function listLocation(
  { location, name, since }: LocationScan,
  isPastDeadline: () => boolean,
  { launcher, log }: { launcher: Launcher; log: Log },
): Promise<{ name: string; jobs: string[]; executions: Execution[] } | undefined> {
  try {
    requireTime(isPastDeadline);
    const executions = await youngExecutions(launcher.executions(location), since, isPastDeadline);
    return { name, executions, jobs: await all(launcher.jobs(location), isPastDeadline) };
  } catch (error) {
    log.warn('location not listed', { location: name, error: String(error) });
    return undefined;
  }
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
