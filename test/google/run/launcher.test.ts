import { type Client, connectivityState } from '@grpc/grpc-js';
import type { Fault } from '@pincast/emulators/faults';
import { type LocalRun, startRun } from '@pincast/emulators/run';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunClients, runClients } from '#functions/google/run/clients.ts';
import { runLauncher } from '#functions/google/run/launcher.ts';
import type { Launcher } from '#functions/ports/launcher.ts';

const parent = 'projects/p/locations/local';
const job = `${parent}/jobs/sandbox`;

let server: LocalRun;
let clients: RunClients;
let launcher: Launcher;
let fault: Fault | undefined;
let faulty: string;

beforeEach(async () => {
  fault = undefined;
  faulty = 'RunJob';
  server = await startRun({
    runQuotaPerMinute: 3,
    killGraceMs: 200,
    faults: ({ method }) => (method === faulty ? fault : undefined),
  });
  clients = runClients('local', server.endpoint);
  launcher = runLauncher(() => clients);
});
afterEach(async () => {
  await clients.close();
  await server.close();
});

describe('connect', () => {
  it('opens the connection that jobs.run uses, and answers at once the next time', async () => {
    await launcher.connect({ project: 'p', region: 'local' });
    const stub = (await clients.jobs.initialize()) as unknown as Client;
    expect(stub.getChannel().getConnectivityState(false)).toBe(connectivityState.READY);
    await launcher.connect({ project: 'p', region: 'local' });
  });
});

async function create(script: string, program = '/bin/sh'): Promise<void> {
  const containers = [{ image: 'x', command: [program, '-c', script], env: [{ name: 'KEPT', value: 'yes' }] }];
  await clients.jobs.createJob({
    parent,
    jobId: 'sandbox',
    job: { template: { template: { containers, maxRetries: 0 } } },
  });
}

async function ended(name: string) {
  await expect
    .poll(async () => (await launcher.execution(name))?.outcome.state, { timeout: 60_000 })
    .not.toBe('RUNNING');
  return launcher.execution(name);
}

const count = async () => (await clients.executions.listExecutions({ parent: job }))[0].length;

describe('run', () => {
  it('returns the execution without waiting for it, with its variables merged into the job’s', async () => {
    await create('test "$KEPT" = yes && test "$PINCAST_REVISION" = 7 && test "$PINCAST_LAUNCH_ID" = l1');
    const name = await launcher.run({ job, env: { PINCAST_LAUNCH_ID: 'l1', PINCAST_REVISION: '7' } });
    expect(name).toMatch(/^projects\/p\/locations\/local\/jobs\/sandbox\/executions\/sandbox-/);
    expect(await ended(name)).toMatchObject({
      name,
      job,
      launchId: 'l1',
      revision: 7,
      outcome: { state: 'SUCCEEDED', exitCode: 0, signal: null },
    });
  });

  it('sends no overrides without variables, as the console’s button does', async () => {
    await create('true');
    const name = await launcher.run({ job, env: {} });
    expect(await ended(name)).toMatchObject({ launchId: null, revision: null });
  });

  it('passes arguments to the job’s command, without variables', async () => {
    await create('test "$KEPT" = yes && test "$0 $1" = "a --b=\'c\'"');
    const name = await launcher.run({ job, env: {}, args: ['a', "--b='c'"] });
    expect(await ended(name)).toMatchObject({ launchId: null, outcome: { state: 'SUCCEEDED' } });
  });

  it('throws REJECTED that names the job if it does not exist', async () => {
    const message = expect.stringContaining(`the job ${job} does not exist`);
    const rejection = { name: 'LaunchError', code: 'REJECTED', job, message };
    await expect(launcher.run({ job, env: {} })).rejects.toMatchObject(rejection);
  });

  it.each([401, 403])('throws DENIED for %s from Cloud Run, and creates nothing', async (status) => {
    await create('true');
    fault = { kind: 'status', status };
    await expect(launcher.run({ job, env: {} })).rejects.toMatchObject({ name: 'LaunchError', code: 'DENIED', job });
    expect(await count()).toBe(0);
  });

  it('throws QUOTA past the quota, and creates no execution', async () => {
    await create('true');
    for (let n = 0; n < 3; n++) await launcher.run({ job, env: {} });
    await expect(launcher.run({ job, env: {} })).rejects.toMatchObject({ code: 'QUOTA' });
    expect(await count()).toBe(3);
  });

  it.each<[string, Fault, number]>([
    ['an answer that was lost', { kind: 'lost-response' }, 1],
    ['a 503', { kind: 'status', status: 503 }, 0],
    ['a reset connection', { kind: 'reset' }, 0],
  ])('throws AMBIGUOUS after %s, and calls only once', async (_title, next, made) => {
    await create('true');
    fault = next;
    await expect(launcher.run({ job, env: { PINCAST_LAUNCH_ID: 'l1' } })).rejects.toMatchObject({ code: 'AMBIGUOUS' });
    fault = undefined;
    expect(await count()).toBe(made);
    const found = await launcher.findLaunch(job, 'l1', new Date(Date.now() - 60_000));
    expect(found?.launchId).toBe(made === 1 ? 'l1' : undefined);
  });
});

describe('execution', () => {
  it.each([
    ['exit 7', { state: 'FAILED', exitCode: 7, signal: null }],
    ['kill -9 $$', { state: 'FAILED', exitCode: null, signal: 'SIGKILL' }],
  ])('returns the exit code or signal of %s', async (script, outcome) => {
    await create(script);
    const name = await launcher.run({ job, env: {} });
    expect((await ended(name))?.outcome).toEqual(outcome);
  });

  it('returns FAILED with an unknown exit code if the container never started', async () => {
    await create('true', '/nonexistent');
    const name = await launcher.run({ job, env: {} });
    expect((await ended(name))?.outcome).toEqual({ state: 'FAILED', exitCode: null, signal: null });
  });

  it('returns FAILED with an unknown exit code if tasks cannot be read', async () => {
    await create('exit 7');
    const name = await launcher.run({ job, env: { PINCAST_LAUNCH_ID: 'l1' } });
    await ended(name);
    faulty = 'ListTasks';
    fault = { kind: 'status', status: 403 };
    const unknown = { state: 'FAILED', exitCode: null, signal: null };
    expect((await launcher.execution(name))?.outcome).toEqual(unknown);
    expect((await launcher.findLaunch(job, 'l1', new Date(Date.now() - 60_000)))?.outcome).toEqual(unknown);
  });

  it('returns CANCELLED for a cancelled execution', async () => {
    await create('sleep 60');
    const name = await launcher.run({ job, env: {} });
    await clients.executions.cancelExecution({ name });
    expect((await ended(name))?.outcome.state).toBe('CANCELLED');
  });

  it('returns undefined for an unknown execution', async () => {
    await create('true');
    expect(await launcher.execution(`${job}/executions/sandbox-zzzzz`)).toBeUndefined();
  });
});

describe('job', () => {
  it('returns maxRetries of a job, and undefined for an absent one', async () => {
    await create('true');
    expect(await launcher.job(job)).toEqual({ maxRetries: 0 });
    const template = { template: { containers: [{ image: 'x', command: ['true'] }] } };
    await clients.jobs.createJob({ parent, jobId: 'retrying', job: { template } });
    expect(await launcher.job(`${parent}/jobs/retrying`)).toEqual({ maxRetries: 3 });
    expect(await launcher.job(`${parent}/jobs/absent`)).toBeUndefined();
  });
});

describe('findLaunch', () => {
  it('finds the execution of one launch id among others, and undefined without a launch', async () => {
    await create('true');
    const wanted = await launcher.run({ job, env: { PINCAST_LAUNCH_ID: 'l2' } });
    await launcher.run({ job, env: { PINCAST_LAUNCH_ID: 'l3' } });
    const since = new Date(Date.now() - 60_000);
    expect((await launcher.findLaunch(job, 'l2', since))?.name).toBe(wanted);
    expect(await launcher.findLaunch(job, 'l9', since)).toBeUndefined();
  });

  it('returns undefined for a deleted job, whose list is NOT_FOUND', async () => {
    faulty = 'ListExecutions';
    fault = { kind: 'status', status: 404 };
    expect(await launcher.findLaunch(job, 'l1', new Date())).toBeUndefined();
    fault = { kind: 'status', status: 503 };
    await expect(launcher.findLaunch(job, 'l1', new Date())).rejects.toMatchObject({ code: 14 });
  });
});

async function flat<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}

describe('the lists of RunLauncher', () => {
  const where = { project: 'p', region: 'local' };
  const createJobs = async (count: number) => {
    const containers = [{ image: 'x', command: ['/bin/true'] }];
    const job = { template: { template: { containers, maxRetries: 0 } } };
    for (let index = 0; index < count; index++) await clients.jobs.createJob({ parent, jobId: `job-${index}`, job });
  };

  it('lists every job, page after page, and none of another region', async () => {
    await createJobs(101);
    expect(new Set(await flat(launcher.jobs(where))).size).toBe(101);
    expect(await flat(launcher.jobs(where))).toContain(`${parent}/jobs/job-100`);
    expect(await flat(launcher.jobs({ project: 'p', region: 'elsewhere' }))).toEqual([]);
    expect(await flat(launcher.jobs({ project: 'other', region: 'local' }))).toEqual([]);
  });

  it('lists the executions of all jobs, newest first', async () => {
    await createJobs(2);
    const old = await launcher.run({ job: `${parent}/jobs/job-0`, env: {} });
    const second = await launcher.run({ job: `${parent}/jobs/job-1`, env: { PINCAST_LAUNCH_ID: 'l1' } });
    const third = await launcher.run({ job: `${parent}/jobs/job-0`, env: {} });
    const all = await flat(launcher.executions(where));
    expect(all.map(({ name }) => name)).toEqual([third, second, old]);
    expect(all[1]).toMatchObject({ job: `${parent}/jobs/job-1`, launchId: 'l1' });
  });
});
