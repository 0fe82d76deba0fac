import type { protos } from '@google-cloud/run';
import { type Execution, jobOf, withProjectOf } from '../../core/values/execution.ts';
import { failed } from '../../core/values/outcome.ts';
import { type Job, type Launch, LaunchError, type LaunchErrorCode, type Launcher } from '../../ports/launcher.ts';
import { lazy } from '../lazy.ts';
import type { RunClients } from './clients.ts';
import { executionFrom } from './execution.ts';
import { executionsIn, executionsOf, jobsIn } from './lists.ts';

const RUN_TIMEOUT_MS = 20_000;
const GET_TIMEOUT_MS = 10_000;
const NOT_FOUND = 5;

/** gRPC's RESOURCE_EXHAUSTED; PERMISSION_DENIED and UNAUTHENTICATED; further codes after which certainly nothing runs. */
const QUOTA = 8;
const DENIED = new Set([7, 16]);
const REJECTED = new Set([3, 5, 9, 11, 12]);

/** Google's clients for a region. */
type ClientsOf = (region: string) => RunClients | Promise<RunClients>;

/** Cloud Run jobs. Google's client is loaded with the first call, because loading takes 250 ms. */
export function cloudRunLauncher(endpoint: string | undefined): Launcher {
  const load = lazy(() => import('./clients.ts'));
  const regions = new Map<string, RunClients>();
  return runLauncher(async (region) => {
    const { runClients } = await load();
    const clients = regions.get(region) ?? runClients(region, endpoint);
    regions.set(region, clients);
    return clients;
  });
}

/** Cloud Run jobs through Google's clients, one set for each region. It never waits for the operation of `jobs.run`. */
export function runLauncher(clientsOf: ClientsOf): Launcher {
  const clients = (name: string) => clientsOf(name.split('/')[3] ?? '');
  return {
    connect: async (location) => (await clientsOf(location.region)).connect(),
    run: async (launch) => {
      const { job } = launch;
      try {
        const { jobs } = await clients(job);
        const [operation] = await jobs.runJob({ name: job, ...overridesOf(launch) }, { timeout: RUN_TIMEOUT_MS });
        return executionName(job, operation.metadata as protos.google.cloud.run.v2.IExecution | null);
      } catch (error) {
        throw error instanceof LaunchError ? error : launchError(job, error);
      }
    },
    execution: async (name) => {
      const execution = await getExecution(await clients(name), name);
      return execution && withExit(await clients(name), executionFrom(execution, name));
    },
    findLaunch: async (job, launchId, since) => findLaunch(await clients(job), job, launchId, since),
    job: async (name) => getJob(await clients(name), name),
    async *jobs(location) {
      yield* jobsIn(await clientsOf(location.region), location);
    },
    async *executions(location) {
      yield* executionsIn(await clientsOf(location.region), location);
    },
  };
}

/** Sends no overrides if there are none, as the console's button does. */
function overridesOf({ env, args }: Launch): { overrides?: protos.google.cloud.run.v2.RunJobRequest.IOverrides } {
  const variables = Object.entries(env).map(([name, value]) => ({ name, value }));
  const override = { ...(variables.length > 0 && { env: variables }), ...(args && { args: [...args] }) };
  return Object.keys(override).length === 0 ? {} : { overrides: { containerOverrides: [override] } };
}

function executionName(job: string, execution: protos.google.cloud.run.v2.IExecution | null): string {
  const name = execution?.name;
  if (!name) throw new LaunchError('AMBIGUOUS', job, 'jobs.run answered without an execution');
  return withProjectOf(job, name);
}

function launchError(job: string, cause: unknown): LaunchError {
  const { code, message } = cause as { code?: number; message?: string };
  const reason = message ?? String(cause);
  const text = code === NOT_FOUND ? `the job ${job} does not exist (${reason})` : reason;
  return new LaunchError(launchErrorCode(code), job, text, { cause });
}

function launchErrorCode(code: number | undefined): LaunchErrorCode {
  if (code === undefined) return 'AMBIGUOUS';
  if (code === QUOTA) return 'QUOTA';
  if (DENIED.has(code)) return 'DENIED';
  return REJECTED.has(code) ? 'REJECTED' : 'AMBIGUOUS';
}

/** Cloud Run's default for a job without `maxRetries`. */
const DEFAULT_RETRIES = 3;

async function getJob({ jobs }: RunClients, name: string): Promise<Job | undefined> {
  try {
    const [job] = await jobs.getJob({ name }, { timeout: GET_TIMEOUT_MS });
    return { maxRetries: job.template?.template?.maxRetries ?? DEFAULT_RETRIES };
  } catch (error) {
    if ((error as { code?: number }).code === NOT_FOUND) return undefined;
    throw error;
  }
}

async function getExecution(
  { executions }: RunClients,
  name: string,
): Promise<protos.google.cloud.run.v2.IExecution | undefined> {
  try {
    const [execution] = await executions.getExecution({ name }, { timeout: GET_TIMEOUT_MS });
    return execution;
  } catch (error) {
    if ((error as { code?: number }).code === NOT_FOUND) return undefined;
    throw error;
  }
}

/**
 * Adds the exit code or signal, which Cloud Run stores on the task. If tasks cannot be read (UNIMPLEMENTED,
 * PERMISSION_DENIED), the execution is FAILED with an unknown exit code; so it is after 0, which proto3 gives a task that never
 * started.
 */
async function withExit({ tasks }: RunClients, execution: Execution): Promise<Execution> {
  if (execution.outcome.state !== 'FAILED') return execution;
  try {
    const [page] = await tasks.listTasks(
      { parent: execution.name, pageSize: 1 },
      { autoPaginate: false, timeout: GET_TIMEOUT_MS },
    );
    const result = page[0]?.lastAttemptResult;
    const signal = result?.termSignal ? signalName(result.termSignal) : null;
    return { ...execution, outcome: failed(signal === null ? result?.exitCode || null : null, signal) };
  } catch {
    return execution;
  }
}

function signalName(number: number): string {
  const known: Record<number, string> = {
    1: 'SIGHUP',
    2: 'SIGINT',
    4: 'SIGILL',
    6: 'SIGABRT',
    7: 'SIGBUS',
    8: 'SIGFPE',
    9: 'SIGKILL',
    11: 'SIGSEGV',
    13: 'SIGPIPE',
    15: 'SIGTERM',
  };
  return known[number] ?? `signal ${number}`;
}

/**
 * Searches a job's executions, newest first, and ends at the first that is older than the claim. A deleted job (NOT_FOUND)
 * has no such launch.
 */
async function findLaunch(
  clients: RunClients,
  job: string,
  launchId: string,
  since: Date,
): Promise<Execution | undefined> {
  try {
    for await (const page of executionsOf(clients, job)) {
      const found = page.find((execution) => execution.launchId === launchId && jobOf(execution.name) === job);
      if (found !== undefined) return withExit(clients, found);
      if (page.some(({ createdAt }) => Date.parse(createdAt) < since.getTime())) return undefined;
    }
    return undefined;
  } catch (error) {
    if ((error as { code?: number }).code === NOT_FOUND) return undefined;
    throw error;
  }
}
