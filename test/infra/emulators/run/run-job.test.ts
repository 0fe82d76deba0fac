import { credentials, makeGenericClientConstructor, status } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';
import { operationsDefinition } from '../../../../infra/emulators/run/views/wire.ts';
import { commandJob, eventually, PARENT, refusal, script, testRun, written } from './run-fixture.ts';

const SLEEP = commandJob(['sleep', '600']);
const WAITS = script(
  'process.on("SIGUSR2", () => process.exit(0)); console.log("pid", process.pid, "."); setInterval(() => {}, 1000)',
);

test('RunJob answers before the execution has completed; its operation ends with it', async () => {
  const run = await testRun();
  await run.create('waits', WAITS);
  const [operation] = await run.jobs.runJob({ name: `${PARENT}/jobs/waits` });
  const { name } = operation.metadata as { name: string };
  expect(name).toMatch(/^projects\/acme\/locations\/europe-west1\/jobs\/waits\/executions\/waits-[a-z0-9]{5}$/);
  expect(operation.done).toBe(false);
  expect((await run.jobs.checkRunJobProgress(operation.name ?? '')).done).toBe(false);
  const pid = Number(/pid (\d+) \./.exec(await written(run, name, ' .'))?.[1]);
  expect(await run.get(name)).toMatchObject({ reconciling: true, runningCount: 1, completionTime: null });
  process.kill(pid, 'SIGUSR2');
  const [execution] = await operation.promise();
  expect(execution).toMatchObject({ name, succeededCount: 1, reconciling: false });
  // google-gax decodes an operation's result with numeric enums: 4 is CONDITION_SUCCEEDED.
  expect(execution.conditions?.[0]).toMatchObject({ type: 'Completed', state: 4 });
  expect((await run.get(name)).conditions?.[0]).toMatchObject({ type: 'Completed', state: 'CONDITION_SUCCEEDED' });
});

test('WaitOperation answers at its time limit, or when the execution completes', async () => {
  const run = await testRun();
  await run.create('waits', WAITS);
  const [operation] = await run.jobs.runJob({ name: `${PARENT}/jobs/waits` });
  const { name } = operation.metadata as { name: string };
  // The clients of google-gax have no method for it.
  const Operations = makeGenericClientConstructor(operationsDefinition, 'Operations');
  const client = new Operations(run.server.endpoint, credentials.createInsecure());
  onTestFinished(() => client.close());
  const wait = (seconds: number) =>
    new Promise((resolve, reject) => {
      const request = { name: operation.name, timeout: { seconds } };
      client.WaitOperation?.(request, (error: unknown, answer: unknown) => (error ? reject(error) : resolve(answer)));
    });
  expect(await wait(0)).toMatchObject({ done: false });
  const waiting = wait(30);
  process.kill(Number(/pid (\d+) \./.exec(await written(run, name, ' .'))?.[1]), 'SIGUSR2');
  expect(await waiting).toMatchObject({ done: true });
});

test('an execution carries its identity, its job and what it runs', async () => {
  const run = await testRun();
  const job = await run.create('sandbox', { ...SLEEP, template: { ...SLEEP.template, labels: { a: 'b' } } });
  const execution = await run.started(await run.launch('sandbox'));
  expect(execution).toMatchObject({ job: job.name, generation: '1', observedGeneration: '1', labels: { a: 'b' } });
  expect(execution).toMatchObject({ taskCount: 1, parallelism: 1, creator: expect.stringContaining('@') });
  expect(execution.uid).toMatch(/^[0-9a-f-]{36}$/);
  expect(execution.logUri).toMatch(/^file:\/\//);
  expect(Number(execution.createTime?.seconds)).toBeGreaterThan(1_700_000_000);
});

type Given = { args?: string[]; env?: { name: string; value: string }[]; clearArgs?: boolean; name?: string };
const OWN_ENV = [
  { name: 'A', value: '1' },
  { name: 'B', value: '2' },
];

test.each<[string, Given, string[], Record<string, string>]>([
  ['none', {}, ['x', 'y'], { A: '1', B: '2' }],
  ['args replaces', { args: ['z'] }, ['z'], { A: '1', B: '2' }],
  ['clearArgs', { clearArgs: true }, [], { A: '1', B: '2' }],
  [
    'env merges by name',
    {
      env: [
        { name: 'B', value: '9' },
        { name: 'C', value: '3' },
      ],
    },
    ['x', 'y'],
    { A: '1', B: '9', C: '3' },
  ],
  ['a container by its name', { name: 'main', env: [{ name: 'A', value: '' }] }, ['x', 'y'], { A: '', B: '2' }],
])('RunJob applies overrides: %s', async (_what, given, args, env) => {
  const run = await testRun();
  const container = { name: 'main', args: ['x', 'y'], env: OWN_ENV };
  const source = 'console.log(JSON.stringify([process.argv.slice(1), process.env]))';
  await run.create('sandbox', commandJob([process.execPath, '-e', source, '--'], {}, container));
  const name = await run.launch('sandbox', { containerOverrides: [given] });
  const execution = await run.completed(name);
  const shown = execution.template?.containers?.[0];
  expect(shown?.args).toEqual(args);
  expect(Object.fromEntries(shown?.env?.map((variable) => [variable.name, variable.value]) ?? [])).toEqual(env);
  const [sawArgs, sawEnv] = JSON.parse(await run.log(name)) as [string[], Record<string, string>];
  expect(sawArgs).toEqual(args);
  expect(sawEnv).toMatchObject(env);
  const [job] = await run.jobs.getJob({ name: `${PARENT}/jobs/sandbox` });
  expect(job.template?.template?.containers?.[0]?.args).toEqual(['x', 'y']);
});

test('overrides replace the task count and the timeout', async () => {
  const run = await testRun();
  await run.create('sandbox', commandJob(['/bin/true']));
  const execution = await run.completed(await run.launch('sandbox', { taskCount: 3, timeout: { seconds: 42 } }));
  expect(execution).toMatchObject({
    taskCount: 3,
    parallelism: 3,
    succeededCount: 3,
    template: { timeout: { seconds: '42' } },
  });
});

test('wrong overrides are all named, and nothing is created', async () => {
  const run = await testRun();
  const { name } = await run.create('sandbox', SLEEP);
  const env = [{ name: 'BIG', value: 'x'.repeat(32_769) }];
  const overrides = { taskCount: 10_001, timeout: { seconds: -1 }, containerOverrides: [{ name: 'other' }, { env }] };
  const attempt = run.jobs.runJob({ name, overrides });
  await refusal(attempt, status.INVALID_ARGUMENT, /'other'.*taskCount is 10001.*timeout is -1.*BIG is 32769/s);
  expect(await run.listed(`${PARENT}/jobs/-`)).toEqual([]);
});

test('a missing job, a malformed name and a stale etag create nothing', async () => {
  const run = await testRun();
  const { name, etag } = await run.create('sandbox', SLEEP);
  await refusal(run.jobs.runJob({ name: `${PARENT}/jobs/none` }), status.NOT_FOUND, /jobs\/none/);
  await refusal(run.jobs.runJob({ name: 'sandbox' }), status.INVALID_ARGUMENT, /"sandbox"/);
  await run.jobs.updateJob({ job: { name, ...SLEEP } });
  await refusal(run.jobs.runJob({ name, etag }), status.ABORTED, /Conflict/);
  expect(await run.listed(`${PARENT}/jobs/-`)).toEqual([]);
});

test('the etag of a job as it is lets it run, also after other executions of it', async () => {
  const run = await testRun();
  const { name, etag } = await run.create('sandbox', commandJob(['/bin/true']));
  await run.completed(await run.launch('sandbox'));
  await run.jobs.runJob({ name, etag });
  expect(await run.listed(name ?? '')).toHaveLength(2);
});

test('validateOnly answers with the execution and creates none', async () => {
  const run = await testRun();
  const { name } = await run.create('sandbox', SLEEP);
  const [operation] = await run.jobs.runJob({ name, validateOnly: true, overrides: { taskCount: 2 } });
  expect((await operation.promise())[0]).toMatchObject({ taskCount: 2 });
  expect(await run.listed(name ?? '')).toEqual([]);
});

test('200 calls at once make 200 executions with names of their own', async () => {
  const run = await testRun({ maxProcesses: 1 });
  await run.create('sandbox', SLEEP);
  const names = await Promise.all(Array.from({ length: 200 }, () => run.launch('sandbox')));
  expect(new Set(names).size).toBe(200);
  expect(new Set(await run.listed(`${PARENT}/jobs/sandbox`))).toEqual(new Set(names));
});

test('executions beyond maxProcesses wait as RECONCILING, in the order of their calls', async () => {
  const run = await testRun({ maxProcesses: 1 });
  await run.create('sandbox', SLEEP);
  const first = await run.launch('sandbox');
  await run.started(first);
  const [second, third] = [await run.launch('sandbox'), await run.launch('sandbox')];
  expect(await run.get(second)).toMatchObject({ reconciling: true, startTime: null, runningCount: 0 });
  await run.executions.cancelExecution({ name: first });
  await run.started(second);
  expect(await run.get(third)).toMatchObject({ reconciling: true, startTime: null });
  expect((await run.get(third)).conditions?.map(({ state }) => state)).toEqual(Array(3).fill('CONDITION_RECONCILING'));
});

test('executions beyond maxStarting wait until others have ended or run for a moment', async () => {
  const run = await testRun({ maxProcesses: 8, maxStarting: 1 });
  await run.create('sandbox', SLEEP);
  const [first, second] = [await run.launch('sandbox'), await run.launch('sandbox')];
  await run.started(first);
  expect(await run.get(second)).toMatchObject({ reconciling: true, startTime: null });
  await run.started(second);
  expect(await run.get(first)).toMatchObject({ runningCount: 1, completionTime: null });
});

test('real processes never exceed maxProcesses', async () => {
  const run = await testRun({ maxProcesses: 2 });
  await run.create('sandbox', script('setTimeout(() => {}, 20)'));
  const names = await Promise.all(Array.from({ length: 8 }, () => run.launch('sandbox')));
  let most = 0;
  await eventually('all complete', async () => {
    const [executions] = await run.executions.listExecutions({ parent: `${PARENT}/jobs/sandbox` });
    most = Math.max(
      most,
      executions.reduce((sum, { runningCount }) => sum + (runningCount ?? 0), 0),
    );
    return executions.every(({ succeededCount }) => succeededCount === 1);
  });
  expect(names).toHaveLength(8);
  expect(most).toBeLessThanOrEqual(2);
});
