import type { ProjectRegion } from '../../core/records/tenant.ts';
import type { Execution } from '../../core/values/execution.ts';
import { withProjectOf } from '../../core/values/execution.ts';
import type { RunClients } from './clients.ts';
import { executionFrom } from './execution.ts';

const OPTIONS = { autoPaginate: false, timeout: 10_000 };
/** The API documents no maximum, and may return fewer. */
const PAGE = 1_000;

/** Yields a job's executions page by page, the newest first. */
export async function* executionsOf({ executions }: RunClients, job: string): AsyncGenerator<Execution[]> {
  for await (const page of pagesOf(job, (request) => executions.listExecutions(request, OPTIONS)))
    yield page.map((execution) => executionFrom(execution, job));
}

/** Yields the executions of all jobs of a location. */
export function executionsIn(clients: RunClients, location: ProjectRegion): AsyncGenerator<Execution[]> {
  return executionsOf(clients, `${parentOf(location)}/jobs/-`);
}

export async function* jobsIn({ jobs }: RunClients, location: ProjectRegion): AsyncGenerator<string[]> {
  const parent = parentOf(location);
  for await (const page of pagesOf(parent, (request) => jobs.listJobs(request, OPTIONS)))
    yield page.map(({ name }) => withProjectOf(parent, name ?? ''));
}

type PageRequest = { parent: string; pageSize: number; pageToken?: string };
type Page<T> = [T[], unknown, { nextPageToken?: string | null } | null | undefined];

async function* pagesOf<T>(parent: string, list: (request: PageRequest) => Promise<Page<T>>): AsyncGenerator<T[]> {
  let pageToken: string | undefined;
  do {
    const [page, , response] = await list({ parent, pageSize: PAGE, ...(pageToken && { pageToken }) });
    yield page;
    pageToken = response?.nextPageToken || undefined;
  } while (pageToken !== undefined);
}

function parentOf({ project, region }: ProjectRegion): string {
  return `projects/${project}/locations/${region}`;
}
