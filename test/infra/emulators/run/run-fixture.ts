import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExecutionsClient, JobsClient, type protos, TasksClient } from '@google-cloud/run';
import { credentials } from '@grpc/grpc-js';
import { expect, onTestFinished } from 'vitest';
import { type RunOptions, startRun } from '../../../../infra/emulators/run/server.ts';

type V2Job = protos.google.cloud.run.v2.IJob;
type Container = protos.google.cloud.run.v2.IContainer;
type TaskTemplate = protos.google.cloud.run.v2.ITaskTemplate;
type Execution = protos.google.cloud.run.v2.IExecution;
type Overrides = protos.google.cloud.run.v2.RunJobRequest.IOverrides;

export const PARENT = 'projects/acme/locations/europe-west1';

/** Fails after a while instead of hanging, and says what was awaited. */
export async function eventually<T>(what: string, probe: () => Promise<T | undefined | false>): Promise<T> {
  for (const end = Date.now() + 15_000; Date.now() < end; await sleep(20)) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
  }
  throw new Error(`waited 15 s in vain: ${what}`);
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pincast-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A job whose container runs this script with node. */
export const script = (source: string, task: TaskTemplate = {}): V2Job =>
  commandJob([process.execPath, '-e', source], task);

export const commandJob = (command: string[], task: TaskTemplate = {}, container: Container = {}): V2Job => ({
  template: { template: { maxRetries: 0, containers: [{ image: 'sandbox', command, ...container }], ...task } },
});

/** Asserts a refusal by its gRPC code and by words of its message. */
export async function refusal(promise: Promise<unknown>, code: number, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code });
  expect(String(error)).toMatch(message);
}

/** The unmodified clients of one endpoint. */
export function createClients(endpoint: string) {
  const [apiEndpoint, port] = endpoint.split(':');
  const options = { apiEndpoint, port: Number(port), projectId: 'acme', sslCreds: credentials.createInsecure() };
  const clients = {
    jobs: new JobsClient(options),
    executions: new ExecutionsClient(options),
    tasks: new TasksClient(options),
  };
  onTestFinished(async () => {
    await Promise.all(Object.values(clients).map((client) => client.close()));
  });
  return clients;
}

/** What tests do with the clients, in fewer words. */
export function actions({ jobs, executions, tasks }: ReturnType<typeof createClients>) {
  const get = async (name: string): Promise<Execution> => (await executions.getExecution({ name }))[0];
  return {
    async create(jobId: string, job: V2Job, parent = PARENT): Promise<V2Job> {
      const [operation] = await jobs.createJob({ parent, jobId, job });
      return (await operation.promise())[0];
    },
    /** The new execution's name. */
    async launch(jobId: string, overrides: Overrides = {}, parent = PARENT): Promise<string> {
      const [operation] = await jobs.runJob({ name: `${parent}/jobs/${jobId}`, overrides });
      return (operation.metadata as Execution).name ?? '';
    },
    get,
    completed: (name: string): Promise<Execution> =>
      eventually(`${name} completes`, async () => {
        const execution = await get(name);
        return execution.completionTime ? execution : undefined;
      }),
    started: (name: string): Promise<Execution> =>
      eventually(`${name} starts`, async () => {
        const execution = await get(name);
        return execution.startTime ? execution : undefined;
      }),
    async listed(parent: string): Promise<string[]> {
      return (await executions.listExecutions({ parent }))[0].map(({ name }) => name ?? '');
    },
    async task(execution: string, index = 0) {
      const [all] = await tasks.listTasks({ parent: execution });
      return all.find((task) => task.index === index);
    },
    /** What an attempt has written so far, '' before it began. */
    async log(execution: string, attempt = '0-0'): Promise<string> {
      const { logUri } = await get(execution);
      return readFile(new URL(`${logUri}/${attempt}.log`), 'utf8').catch(() => '');
    },
  };
}

export type Actions = ReturnType<typeof actions>;

/** Until it has written these words. */
export const written = (run: Actions, execution: string, words: string, attempt = '0-0'): Promise<string> =>
  eventually(`${execution} writes ${words}`, async () => {
    const log = await run.log(execution, attempt);
    return log.includes(words) ? log : undefined;
  });

/** A server of its own for one test, ended with it. Quotas are out of the way unless they are given. */
export async function testRun(options: RunOptions = {}) {
  const server = await startRun({ runQuotaPerMinute: 100_000, killGraceMs: 2_000, ...options });
  onTestFinished(() => server.close());
  const clients = createClients(server.endpoint);
  return { server, ...clients, ...actions(clients) };
}

export const completedCondition = ({ conditions }: Execution) => conditions?.find(({ type }) => type === 'Completed');

export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
