import type { RunClients } from '#functions/google/run/clients.ts';
import type { World } from '../world.ts';
import type { ModelExecution } from './cloud-run.ts';
import { type Dialect, type Sender, ServerError } from './wire.ts';

const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const UNAVAILABLE = 14;

/** gRPC's names for HTTP's: 429 refuses for certain, everything else leaves the caller in doubt. */
const dialect: Dialect = {
  refuse: (status) => new ServerError(status === 429 ? 8 : UNAVAILABLE, `refused as ${status}`),
  broken: () => new ServerError(UNAVAILABLE, 'the connection broke'),
};

/** The default of the API. It documents no maximum; the model grants what Cloud Storage grants. */
const PAGE = 100;
const LARGEST_PAGE = 1_000;

type ListRequest = { parent: string; pageToken?: string; pageSize?: number };

type CallOptions = { timeout?: number };

type RunRequest = {
  name: string;
  overrides?: { containerOverrides: { env: { name: string; value: string }[] }[] };
};

/** The part of Cloud Run's clients that the launcher calls. */
export function modelRunClients(world: World, wire: Sender, sleep: (ms: number) => Promise<void>): RunClients {
  const { run } = world;
  const skew = world.skewOf('cloud run');
  const asWire = (execution: ModelExecution) => wireExecution(execution, skew, answeredName);
  const answeredName = (name: string) => (world.answersByNumber ? withNumber(name) : name);
  const request = <T>(method: string, asked: string, effect: () => T, { timeout }: CallOptions = {}) => {
    const answer = wire.request('run', method, withId(asked), effect, dialect);
    return timeout === undefined ? answer : withTimeout(answer, timeout, sleep);
  };
  const known = (name: string): ModelExecution => {
    const execution = run.executions.get(withId(name));
    if (execution === undefined) throw new ServerError(NOT_FOUND, `there is no execution ${name}`);
    return execution;
  };
  return {
    jobs: {
      runJob: async ({ name, overrides }: RunRequest, options: CallOptions) => {
        const env = overrides?.containerOverrides.flatMap((container) => container.env) ?? [];
        const made = () => asWire(run.run(withId(name), Object.fromEntries(env.map((one) => [one.name, one.value]))));
        return [{ metadata: await request('RunJob', name, made, options) }];
      },
      listJobs: async (asked: ListRequest, options: CallOptions) => {
        const page = () =>
          pageOf(run.jobsIn(withId(asked.parent)), asked, ({ name }) => ({ name: answeredName(name) }));
        const { items, next } = await request('ListJobs', asked.parent, page, options);
        return [items, null, next];
      },
    },
    executions: {
      getExecution: async ({ name }: { name: string }, options: CallOptions) => [
        await request('GetExecution', name, () => asWire(known(name)), options),
      ],
      listExecutions: async (asked: ListRequest, options: CallOptions) => {
        const page = () => pageOf(run.list(withId(asked.parent)), asked, asWire);
        const { items, next } = await request('ListExecutions', asked.parent, page, options);
        return [items, null, next];
      },
    },
    tasks: {
      listTasks: async ({ parent }: { parent: string }, options: CallOptions) => {
        const page = () => {
          const { end } = known(parent);
          return [{ lastAttemptResult: { exitCode: end?.exitCode ?? 0, termSignal: end?.signal ?? 0 } }];
        };
        return [await request('ListTasks', parent, page, options)];
      },
    },
    connect: async () => undefined,
    close: async () => undefined,
  } as unknown as RunClients;
}

/** A project has a number as well as an id; both are taken, and answers may have the other one. */
const NUMBER = '100000000';

function withNumber(name: string): string {
  return name.replace(/^projects\/p(\d+)\//, `projects/${NUMBER}$1/`);
}

function withId(name: string): string {
  return name.replace(new RegExp(`^projects/${NUMBER}(\\d+)/`), 'projects/p$1/');
}

function pageOf<T, W>(items: readonly T[], { pageToken = '0', pageSize = PAGE }: ListRequest, asWire: (item: T) => W) {
  const end = Number(pageToken) + Math.min(pageSize, LARGEST_PAGE);
  const next = end < items.length ? { nextPageToken: String(end) } : {};
  return { items: items.slice(Number(pageToken), end).map(asWire), next };
}

/** The client gives up on an answer that is slower; what it asked for may be done all the same. */
async function withTimeout<T>(
  answer: Promise<T>,
  milliseconds: number,
  sleep: (ms: number) => Promise<void>,
): Promise<T> {
  const late = sleep(milliseconds).then(() => {
    throw new ServerError(DEADLINE_EXCEEDED, `no answer within ${milliseconds} ms`);
  });
  late.catch(() => undefined);
  return Promise.race([answer, late]);
}

/** @param skew of the server's clock, in milliseconds. */
function wireExecution(
  { name, env, createdAt, startedAt, completedAt, attempt, end, cancelled }: ModelExecution,
  skew: number,
  answeredName: (name: string) => string,
) {
  const timeOf = (time: number) => timestampOf(time + skew);
  const isDone = completedAt !== null;
  const state = end?.exitCode === 0 && !cancelled ? 'CONDITION_SUCCEEDED' : 'CONDITION_FAILED';
  return {
    name: answeredName(name),
    createTime: timeOf(createdAt),
    startTime: startedAt === null ? null : timeOf(startedAt),
    completionTime: isDone ? timeOf(completedAt) : null,
    // The number of tasks that were retried, and there is one task.
    retriedCount: Math.min(attempt, 1),
    cancelledCount: isDone && cancelled ? 1 : 0,
    conditions: isDone ? [{ type: 'Completed', state }] : [],
    template: { containers: [{ env: Object.entries(env).map(([key, value]) => ({ name: key, value })) }] },
  };
}

function timestampOf(milliseconds: number) {
  return { seconds: Math.floor(milliseconds / 1000), nanos: (milliseconds % 1000) * 1e6 };
}
