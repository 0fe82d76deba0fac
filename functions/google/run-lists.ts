import type { Execution } from '../core/execution.ts';
import { executionOf, shortName } from '../core/execution.ts';
import type { ProjectRegion } from '../core/tenant.ts';
import type { RunClients } from './run-clients.ts';
import { executionFrom } from './run-execution.ts';

const TIMEOUT_MS = 10_000;
/** The default of the API, which documents no maximum. */
const PAGE = 100;
const MAX_EXECUTIONS = 20_000;

/** Page after page of a job's executions, or of all jobs' (`jobs/-`), as Cloud Run lists them: the newest first. */
export async function* executionPages({ executions }: RunClients, parent: string): AsyncGenerator<Execution[]> {
  let pageToken: string | undefined;
  do {
    const request = { parent, pageSize: PAGE, ...(pageToken && { pageToken }) };
    const [page, , response] = await executions.listExecutions(request, { autoPaginate: false, timeout: TIMEOUT_MS });
    yield page.map(executionFrom);
    pageToken = response?.nextPageToken || undefined;
  } while (pageToken !== undefined);
}

export async function executionsSince(clients: RunClients, where: ProjectRegion, since: Date): Promise<Execution[]> {
  const parent = `${locationOf(where)}/jobs/-`;
  const found: Execution[] = [];
  for await (const page of executionPages(clients, parent)) {
    const young = page.filter(({ createdAt }) => Date.parse(createdAt) > since.getTime());
    found.push(...young.map((execution) => asAsked(execution, where)));
    if (young.length < page.length || found.length >= MAX_EXECUTIONS) break;
  }
  return found.slice(0, MAX_EXECUTIONS);
}

export async function jobsIn({ jobs }: RunClients, where: ProjectRegion): Promise<string[]> {
  const parent = locationOf(where);
  const found: string[] = [];
  let pageToken: string | undefined;
  do {
    const request = { parent, pageSize: PAGE, ...(pageToken && { pageToken }) };
    const [page, , response] = await jobs.listJobs(request, { autoPaginate: false, timeout: TIMEOUT_MS });
    found.push(...page.map(({ name }) => `${parent}/jobs/${shortName(name ?? '')}`));
    pageToken = response?.nextPageToken || undefined;
  } while (pageToken !== undefined);
  return found;
}

function locationOf({ project, region }: ProjectRegion): string {
  return `projects/${project}/locations/${region}`;
}

/** An answer may name a project by its number, where tenants are registered with its id. */
function asAsked(execution: Execution, where: ProjectRegion): Execution {
  const job = `${locationOf(where)}/jobs/${shortName(execution.job)}`;
  return { ...execution, job, name: executionOf(job, shortName(execution.name)) };
}
