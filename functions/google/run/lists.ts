import type { ProjectRegion } from '../../core/records/tenant.ts';
import type { Execution } from '../../core/values/execution.ts';
import { withProjectOf } from '../../core/values/job-name.ts';
import type { RunClients } from './clients.ts';
import { executionFrom } from './execution.ts';

const TIMEOUT_MS = 10_000;
/** The API documents no maximum, and may return fewer. */
const PAGE = 1_000;

/** Yields a job's executions page by page, the newest first. */
export async function* executionsOf({ executions }: RunClients, job: string): AsyncGenerator<Execution[]> {
  let pageToken: string | undefined;
  do {
    const request = { parent: job, pageSize: PAGE, ...(pageToken && { pageToken }) };
    const [page, , response] = await executions.listExecutions(request, { autoPaginate: false, timeout: TIMEOUT_MS });
    yield page.map((execution) => executionFrom(execution, job));
    pageToken = response?.nextPageToken || undefined;
  } while (pageToken !== undefined);
}

/** Yields the executions of all jobs of a location. */
export function executionsIn(clients: RunClients, location: ProjectRegion): AsyncGenerator<Execution[]> {
  return executionsOf(clients, `${parentOf(location)}/jobs/-`);
}

export async function* jobsIn({ jobs }: RunClients, location: ProjectRegion): AsyncGenerator<string[]> {
  const parent = parentOf(location);
  let pageToken: string | undefined;
  do {
    const request = { parent, pageSize: PAGE, ...(pageToken && { pageToken }) };
    const [page, , response] = await jobs.listJobs(request, { autoPaginate: false, timeout: TIMEOUT_MS });
    yield page.map(({ name }) => withProjectOf(parent, name ?? ''));
    pageToken = response?.nextPageToken || undefined;
  } while (pageToken !== undefined);
}

function parentOf({ project, region }: ProjectRegion): string {
  return `projects/${project}/locations/${region}`;
}
