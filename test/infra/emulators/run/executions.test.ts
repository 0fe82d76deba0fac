import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import {
  commandJob,
  completedCondition,
  eventually,
  PARENT,
  refusal,
  script,
  testRun,
  written,
} from './run-fixture.ts';

const TRUE = commandJob(['/bin/true']);
const SLEEP = commandJob(['sleep', '600']);

test('executions are listed newest first, by job or all, in pages that new ones do not disturb', async () => {
  const run = await testRun({ maxProcesses: 1 });
  for (const id of ['a', 'b']) await run.create(id, SLEEP);
  const launched: string[] = [];
  for (const id of ['a', 'b', 'a', 'b', 'a']) launched.unshift(await run.launch(id));
  expect(await run.listed(`${PARENT}/jobs/-`)).toEqual(launched);
  expect(await run.listed(`${PARENT}/jobs/a`)).toEqual(launched.filter((name) => name.includes('/jobs/a/')));
  const page = async (pageToken?: string) => {
    const request = { parent: `${PARENT}/jobs/-`, pageSize: 2, pageToken };
    const [items, , response] = await run.executions.listExecutions(request, { autoPaginate: false });
    return { names: items.map(({ name }) => name), token: response?.nextPageToken ?? '' };
  };
  const first = await page();
  await run.launch('a');
  await run.executions.deleteExecution({ name: launched[2] });
  const second = await page(first.token);
  expect([...first.names, ...second.names]).toEqual([launched[0], launched[1], launched[3], launched[4]]);
  expect(second.token).toBe('');
});

test('a job without executions and an absent job have empty lists; a malformed parent is refused', async () => {
  const run = await testRun();
  await run.create('a', TRUE);
  expect(await run.listed(`${PARENT}/jobs/a`)).toEqual([]);
  expect(await run.listed(`${PARENT}/jobs/none`)).toEqual([]);
  await refusal(run.listed(PARENT), status.INVALID_ARGUMENT, /parent is/);
});

test('a cancelled execution gets SIGTERM, then ends as CANCELLED and not as failed', async () => {
  const run = await testRun();
  await run.create(
    'polite',
    script(
      'process.on("SIGTERM", () => { console.log("bye"); process.exit(0) }); console.log("up"); setInterval(() => {}, 1000)',
      { maxRetries: 3 },
    ),
  );
  const name = await run.launch('polite');
  await written(run, name, 'up');
  const [operation] = await run.executions.cancelExecution({ name });
  const [result] = await operation.promise();
  expect(result).toMatchObject({ name, cancelledCount: 1, failedCount: 0, succeededCount: 0, retriedCount: 0 });
  const execution = await run.get(name);
  expect(completedCondition(execution)).toMatchObject({ state: 'CONDITION_FAILED', executionReason: 'CANCELLED' });
  expect(execution).toMatchObject({ reconciling: false, generation: '2' });
  expect(await run.log(name)).toBe('up\nbye\n');
});

test('a cancelled execution says CANCELLING; a process that ignores SIGTERM is killed', async () => {
  const run = await testRun({ killGraceMs: 500 });
  await run.create('deaf', script('process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)'));
  const name = await run.launch('deaf');
  await written(run, name, 'up');
  const [operation] = await run.executions.cancelExecution({ name });
  expect(operation.done).toBe(false);
  expect(completedCondition(await run.get(name))).toMatchObject({
    state: 'CONDITION_RECONCILING',
    executionReason: 'CANCELLING',
  });
  await run.completed(name);
  expect((await run.task(name))?.lastAttemptResult).toMatchObject({ termSignal: 9 });
});

test('a waiting execution completes when it is cancelled, and never starts', async () => {
  const run = await testRun({ maxProcesses: 1 });
  await run.create('sandbox', SLEEP);
  await run.started(await run.launch('sandbox'));
  const name = await run.launch('sandbox', { taskCount: 3 });
  await run.executions.cancelExecution({ name });
  expect(await run.get(name)).toMatchObject({ cancelledCount: 3, startTime: null, reconciling: false });
});

test('a completed execution cannot be cancelled: FAILED_PRECONDITION, or ABORTED by etag', async () => {
  const run = await testRun();
  await run.create('a', TRUE);
  const execution = await run.completed(await run.launch('a'));
  const { name } = execution;
  await refusal(run.executions.cancelExecution({ name }), status.FAILED_PRECONDITION, /has completed/);
  await refusal(run.executions.deleteExecution({ name, etag: '"x"' }), status.ABORTED, /Conflict/);
  await refusal(run.executions.cancelExecution({ name: `${name}x` }), status.NOT_FOUND, /not found/);
  expect(await run.get(name ?? '')).toEqual(execution);
});

test('a deleted execution is gone, and its process with it', async () => {
  const run = await testRun();
  await run.create('a', script('console.log("pid", process.pid, "."); setInterval(() => {}, 1000)'));
  const name = await run.launch('a');
  const pid = Number(/pid (\d+) \./.exec(await written(run, name, ' .'))?.[1]);
  const [operation] = await run.executions.deleteExecution({ name });
  expect((await operation.promise())[0]).toMatchObject({ name });
  await refusal(run.executions.getExecution({ name }), status.NOT_FOUND, /executions/);
  expect(await run.listed(`${PARENT}/jobs/-`)).toEqual([]);
  await eventually('the process is gone', async () => {
    try {
      return !process.kill(pid, 0);
    } catch {
      return true;
    }
  });
});

test('completed executions above the limit are deleted, oldest first, and never running ones', async () => {
  const run = await testRun({ forgetAfter: 2, maxProcesses: 2 });
  await run.create('a', TRUE);
  await run.create('b', TRUE);
  const other = await run.launch('b');
  await run.completed(other);
  await run.jobs.updateJob({ job: { name: `${PARENT}/jobs/a`, ...SLEEP } });
  const running = await run.launch('a');
  await run.started(running);
  await run.jobs.updateJob({ job: { name: `${PARENT}/jobs/a`, ...TRUE } });
  const ended: string[] = [];
  for (let round = 0; round < 4; round += 1) {
    ended.unshift(await run.launch('a'));
    await run.completed(ended[0] ?? '');
  }
  expect(await run.listed(`${PARENT}/jobs/a`)).toEqual([ended[0], ended[1], running]);
  expect(await run.listed(`${PARENT}/jobs/b`)).toEqual([other]);
  await refusal(run.executions.getExecution({ name: ended[2] }), status.NOT_FOUND, /executions/);
  expect((await run.jobs.getJob({ name: `${PARENT}/jobs/a` }))[0].executionCount).toBe(5);
});
