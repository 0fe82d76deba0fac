import type { Unsettled } from '../../core/adoption/evidence.ts';
import { projectRegion } from '../../core/records/tenant.ts';
import type { Execution } from '../../core/values/execution.ts';
import { isSameJob } from '../../core/values/execution.ts';
import type { Launcher } from '../../ports/launcher.ts';
import type { Log } from '../../ports/system.ts';

/** Executions of one location that a list showed. The list may be incomplete, so it never proves absence. */
export type ListedExecutions = {
  named(execution: string): Execution | undefined;
  launch(job: string, launchId: string): Execution | undefined;
};

/** From this many tenants on, a list costs fewer calls than reads by name. */
const SEVERAL = 3;
/** Of up to 1,000 executions each. */
const MAX_PAGES = 10;
/** Executions are created after the write that assigned them; clocks differ by less. */
const CLOCK_MARGIN_MS = 60_000;

/**
 * Lists a location's executions until each tenant's own was seen, at most ten pages.
 *
 * Spec: the order across jobs is undocumented, so it only ends the list early; it never proves absence.
 */
export async function listExecutions(
  unsettled: readonly Unsettled[],
  isPastDeadline: () => boolean,
  { launcher, log }: { launcher: Launcher; log: Log },
): Promise<ListedExecutions> {
  const [first] = unsettled;
  const seen = new Map<string, Execution>();
  const launches = new Map<string, Execution>();
  const found = {
    named: (execution: string) => seen.get(execution),
    launch: (job: string, launchId: string) => {
      const execution = launches.get(launchId);
      return execution && isSameJob(execution.job, job) ? execution : undefined;
    },
  };
  if (first === undefined || unsettled.length < SEVERAL) return found;
  const location = projectRegion(first.assignment.execution ?? first.tenant.job);
  const runs = unsettled.flatMap(({ assignment }) => [assignment, ...(assignment.leftRunning ?? [])]);
  const wanted = new Set(runs.map((run) => run.execution ?? ('launchId' in run ? run.launchId : null)));
  const since = Math.min(...runs.map(({ assignedAt }) => Date.parse(assignedAt))) - CLOCK_MARGIN_MS;
  let pages = 0;
  try {
    for await (const page of launcher.executions(location)) {
      for (const execution of page) {
        const key = wanted.has(execution.name) ? execution.name : execution.launchId;
        if (!wanted.delete(key)) continue;
        seen.set(execution.name, execution);
        if (execution.launchId !== null) launches.set(execution.launchId, execution);
      }
      const isOlder = page.every(({ createdAt }) => Date.parse(createdAt) < since);
      if (wanted.size === 0 || isOlder || isPastDeadline() || ++pages >= MAX_PAGES) break;
    }
  } catch (error) {
    log.warn('executions not listed', { ...location, error: String(error) });
  }
  return found;
}
