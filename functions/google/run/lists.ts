import type { ProjectRegion } from '../../core/records/tenant.ts';
import type { Execution } from '../../core/values/execution.ts';
import { withProjectOf } from '../../core/values/job-name.ts';
import type { RunClients } from './clients.ts';
import { executionFrom } from './execution.ts';

const TIMEOUT_MS = 10_000;
/** The API documents no maximum, and may grant fewer. */
const PAGE = 1_000;

/** Page after page of a job's executions, as Cloud Run lists them: the newest first. */
export async function* executionsOf({ executions }: RunClients, job: string): AsyncGenerator<Execution[]> {
  let pageToken: string | undefined;
  do {
    const request = { parent: job, pageSize: PAGE, ...(pageToken && { pageToken }) };
    const [page, , response] = await executions.listExecutions(request, { autoPaginate: false, timeout: TIMEOUT_MS });
    yield page.map((execution) => executionFrom(execution, job));
    pageToken = response?.nextPageToken || undefined;
  } while (pageToken !== undefined);
}

/** Of all jobs there. */
export function executionsIn(clients: RunClients, where: ProjectRegion): AsyncGenerator<Execution[]> {
  return executionsOf(clients, `${locationOf(where)}/jobs/-`);
}

export async function* jobsIn({ jobs }: RunClients, where: ProjectRegion): AsyncGenerator<string[]> {
  const parent = locationOf(where);
  let pageToken: string | undefined;
  do {
    const request = { parent, pageSize: PAGE, ...(pageToken && { pageToken }) };
    const [page, , response] = await jobs.listJobs(request, { autoPaginate: false, timeout: TIMEOUT_MS });
    yield page.map(({ name }) => withProjectOf(parent, name ?? ''));
    pageToken = response?.nextPageToken || undefined;
  } while (pageToken !== undefined);
}

function locationOf({ project, region }: ProjectRegion): string {
  return `projects/${project}/locations/${region}`;
}
