import type { RunClients } from '../../../functions/google/run-clients.ts';
import type { CloudRun, ModelExecution } from './cloud-run.ts';
import { type Dialect, ServerError, type Wire } from './wire.ts';

const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const UNAVAILABLE = 14;
const RUN_TIMEOUT_MS = 20_000;

/** gRPC's names for HTTP's: 429 refuses for certain, everything else leaves the caller in doubt. */
const dialect: Dialect = {
  refuse: (status) => new ServerError(status === 429 ? 8 : UNAVAILABLE, `refused as ${status}`),
  broken: () => new ServerError(UNAVAILABLE, 'the connection broke'),
};

const PAGE = 100;

type ListRequest = { parent: string; pageToken?: string };

type RunRequest = {
  name: string;
  overrides?: { containerOverrides: { env: { name: string; value: string }[] }[] };
};

/** The part of Cloud Run's clients that the launcher calls. */
export function modelRunClients(run: CloudRun, wire: Wire, timeout: (ms: number) => Promise<void>): RunClients {
  const request = <T>(method: string, about: string, effect: () => T) =>
    wire.request('run', method, about, effect, dialect);
  const known = (name: string): ModelExecution => {
    const execution = run.executions.get(name);
    if (execution === undefined) throw new ServerError(NOT_FOUND, `there is no execution ${name}`);
    return execution;
  };
  return {
    jobs: {
      runJob: async ({ name, overrides }: RunRequest) => {
        const env = overrides?.containerOverrides.flatMap((container) => container.env) ?? [];
        const made = request('RunJob', name, () =>
          wireExecution(run.run(name, Object.fromEntries(env.map((one) => [one.name, one.value])))),
        );
        return [{ metadata: await withTimeout(made, timeout) }];
      },
      listJobs: async (asked: ListRequest) => {
        const page = () => pageOf(run.jobsIn(asked.parent), asked, ({ name }) => ({ name }));
        const { items, next } = await request('ListJobs', asked.parent, page);
        return [items, null, next];
      },
    },
    executions: {
      getExecution: async ({ name }: { name: string }) => [
        await request('GetExecution', name, () => wireExecution(known(name))),
      ],
      listExecutions: async (asked: ListRequest) => {
        const page = () => pageOf(run.list(asked.parent), asked, wireExecution);
        const { items, next } = await request('ListExecutions', asked.parent, page);
        return [items, null, next];
      },
    },
    tasks: {
      listTasks: async ({ parent }: { parent: string }) => [
        await request('ListTasks', parent, () => {
          const { end } = known(parent);
          return [{ lastAttemptResult: { exitCode: end?.exitCode ?? 0, termSignal: end?.signal ?? 0 } }];
        }),
      ],
    },
    close: async () => undefined,
  } as unknown as RunClients;
}

function pageOf<T, W>(items: readonly T[], { pageToken = '0' }: ListRequest, asWire: (item: T) => W) {
  const end = Number(pageToken) + PAGE;
  const next = end < items.length ? { nextPageToken: String(end) } : {};
  return { items: items.slice(Number(pageToken), end).map(asWire), next };
}

/** The client gives up on an answer that is slower; what it asked for may be done all the same. */
async function withTimeout<T>(answer: Promise<T>, timeout: (ms: number) => Promise<void>): Promise<T> {
  const late = timeout(RUN_TIMEOUT_MS).then(() => {
    throw new ServerError(DEADLINE_EXCEEDED, `no answer within ${RUN_TIMEOUT_MS} ms`);
  });
  late.catch(() => undefined);
  return Promise.race([answer, late]);
}

function wireExecution({ name, env, createdAt, startedAt, completedAt, attempt, end, cancelled }: ModelExecution) {
  const isDone = completedAt !== null;
  const state = end?.exitCode === 0 && !cancelled ? 'CONDITION_SUCCEEDED' : 'CONDITION_FAILED';
  return {
    name,
    createTime: timeOf(createdAt),
    startTime: startedAt === null ? null : timeOf(startedAt),
    completionTime: isDone ? timeOf(completedAt) : null,
    retriedCount: attempt,
    cancelledCount: isDone && cancelled ? 1 : 0,
    conditions: isDone ? [{ type: 'Completed', state }] : [],
    template: { containers: [{ env: Object.entries(env).map(([key, value]) => ({ name: key, value })) }] },
  };
}

function timeOf(milliseconds: number) {
  return { seconds: Math.floor(milliseconds / 1000), nanos: (milliseconds % 1000) * 1e6 };
}
