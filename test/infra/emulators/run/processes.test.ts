import { existsSync } from 'node:fs';
import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import {
  commandJob,
  completedCondition,
  eventually,
  isProcessAlive,
  refusal,
  script,
  testRun,
  written,
} from './run-fixture.ts';

test('exit 0 succeeds: conditions, counts, times and exit code say so', async () => {
  const run = await testRun();
  await run.create('ok', commandJob(['/bin/true']));
  const execution = await run.completed(await run.launch('ok'));
  expect(execution).toMatchObject({ succeededCount: 1, failedCount: 0, runningCount: 0, reconciling: false });
  expect(execution.conditions?.map(({ type, state }) => [type, state])).toEqual([
    ['Completed', 'CONDITION_SUCCEEDED'],
    ['ResourcesAvailable', 'CONDITION_SUCCEEDED'],
    ['Started', 'CONDITION_SUCCEEDED'],
  ]);
  const task = await run.task(execution.name ?? '');
  expect(task?.lastAttemptResult).toMatchObject({ exitCode: 0, termSignal: 0, status: { code: 0 } });
});

test('exit 7 is NON_ZERO_EXIT_CODE, and the task alone knows the 7', async () => {
  const run = await testRun();
  await run.create('seven', script('process.exit(7)'));
  const execution = await run.completed(await run.launch('seven'));
  expect(completedCondition(execution)).toMatchObject({
    state: 'CONDITION_FAILED',
    executionReason: 'NON_ZERO_EXIT_CODE',
  });
  expect(execution).toMatchObject({ succeededCount: 0, failedCount: 1 });
  const task = await run.task(execution.name ?? '');
  expect(task).toMatchObject({ index: 0, retried: 0, lastAttemptResult: { exitCode: 7, termSignal: 0 } });
  expect((await run.tasks.getTask({ name: task?.name }))[0]).toEqual(task);
});

test('a process that is killed from outside shows its signal', async () => {
  const run = await testRun();
  await run.create('victim', script('console.log("pid", process.pid, "."); setInterval(() => {}, 1000)'));
  const name = await run.launch('victim');
  const pid = Number(/pid (\d+) \./.exec(await written(run, name, ' .'))?.[1]);
  process.kill(pid, 'SIGKILL');
  expect(completedCondition(await run.completed(name))?.state).toBe('CONDITION_FAILED');
  expect((await run.task(name))?.lastAttemptResult).toMatchObject({ exitCode: 0, termSignal: 9 });
});

test('a container sees PATH, configured and Cloud Run’s variables, none of the server’s', async () => {
  process.env.SECRET_OF_THE_SERVER = 'hush';
  const run = await testRun({ environment: { STORAGE: 'here', OWN: 'no' } });
  const env = [{ name: 'OWN', value: 'yes' }, { name: 'CLOUD_RUN_JOB', value: 'forged' }, { name: 'EMPTY' }];
  await run.create('env', commandJob([process.execPath, '-p', 'JSON.stringify(process.env)'], {}, { env }));
  const name = await run.launch('env');
  await run.completed(name);
  const seen = JSON.parse(await run.log(name)) as Record<string, string>;
  delete process.env.SECRET_OF_THE_SERVER;
  expect(seen).toEqual({
    PATH: expect.stringContaining('/usr/bin'),
    STORAGE: 'here',
    OWN: 'yes',
    EMPTY: '',
    CLOUD_RUN_JOB: 'env',
    CLOUD_RUN_EXECUTION: name.split('/').at(-1),
    CLOUD_RUN_TASK_INDEX: '0',
    CLOUD_RUN_TASK_ATTEMPT: '0',
    CLOUD_RUN_TASK_COUNT: '1',
  });
});

test('arguments reach the process as they are: no shell reads them', async () => {
  const run = await testRun();
  const args = ['$(id)', '; echo no', '*', "it's", ''];
  await run.create('args', commandJob([process.execPath, '-p', 'JSON.stringify(process.argv.slice(1))'], {}, { args }));
  const name = await run.launch('args');
  await run.completed(name);
  expect(JSON.parse(await run.log(name))).toEqual(args);
});

test('every attempt has a fresh folder of its own, which is gone afterwards', async () => {
  const run = await testRun();
  const source =
    'console.log(process.cwd(), fs.readdirSync(".").length); fs.writeFileSync("left", "x"); process.exit(1)';
  await run.create('folder', script(source, { maxRetries: 1 }));
  const name = await run.launch('folder');
  await run.completed(name);
  const [first, second] = (await Promise.all([run.log(name, '0-0'), run.log(name, '0-1')])).map((log) => log.trim());
  expect(first).toMatch(/ 0$/);
  expect(second).toMatch(/ 0$/);
  expect(first).not.toBe(second);
  const folders = [first, second].map((line) => line?.split(' ')[0] ?? '/');
  await eventually('the folders are removed', async () => !folders.some(existsSync));
});

test('a working directory is inside the attempt’s folder', async () => {
  const run = await testRun();
  await run.create('cwd', commandJob(['/bin/pwd'], {}, { workingDir: '/../../work/space' }));
  const name = await run.launch('cwd');
  await run.completed(name);
  expect(await run.log(name)).toMatch(/\/work\/cwd-[^/]+-0-0\/work\/space\n$/);
});

test('a failed attempt is tried again with the next attempt number until the retries are used up', async () => {
  const run = await testRun();
  await run.create('retry', script('process.exit(10 + Number(process.env.CLOUD_RUN_TASK_ATTEMPT))', { maxRetries: 2 }));
  const execution = await run.completed(await run.launch('retry'));
  expect(execution).toMatchObject({ failedCount: 1, retriedCount: 1 });
  const task = await run.task(execution.name ?? '');
  expect(task).toMatchObject({ retried: 2, maxRetries: 2, lastAttemptResult: { exitCode: 12 } });
});

test('an attempt that succeeds after failures makes the task succeed', async () => {
  const run = await testRun();
  await run.create(
    'second',
    script('process.exit(process.env.CLOUD_RUN_TASK_ATTEMPT === "1" ? 0 : 1)', { maxRetries: 3 }),
  );
  const execution = await run.completed(await run.launch('second'));
  expect(execution).toMatchObject({ succeededCount: 1, failedCount: 0, retriedCount: 1 });
  expect(completedCondition(execution)?.state).toBe('CONDITION_SUCCEEDED');
  expect(await run.task(execution.name ?? '')).toMatchObject({ retried: 1, lastAttemptResult: { exitCode: 0 } });
});

test('the timeout ends each attempt with SIGTERM, and exit 0 after it is still a failure', async () => {
  const run = await testRun();
  const source = 'process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1000)';
  await run.create('late', script(source, { maxRetries: 1, timeout: { seconds: 1 } }));
  const execution = await run.completed(await run.launch('late'));
  expect(execution).toMatchObject({ succeededCount: 0, failedCount: 1, retriedCount: 1 });
  const task = await run.task(execution.name ?? '');
  expect(task).toMatchObject({ retried: 1, lastAttemptResult: { exitCode: 0, termSignal: 0 } });
  expect(task?.lastAttemptResult?.status?.message).toContain('timeout');
});

test('a process that ignores SIGTERM is killed after the grace period', async () => {
  const run = await testRun({ killGraceMs: 100 });
  const source = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)';
  await run.create('deaf', script(source, { timeout: { seconds: 1 } }));
  const execution = await run.completed(await run.launch('deaf'));
  expect((await run.task(execution.name ?? ''))?.lastAttemptResult).toMatchObject({ termSignal: 9 });
});

test('grandchildren end with the process, even when it leaves them behind', async () => {
  const run = await testRun();
  await run.create('family', commandJob(['/bin/sh', '-c', 'sleep 600 & echo pid $! .']));
  const name = await run.launch('family');
  expect(await run.completed(name)).toMatchObject({ succeededCount: 1 });
  const pid = Number(/pid (\d+) \./.exec(await run.log(name))?.[1]);
  expect(pid).toBeGreaterThan(1);
  await eventually('the grandchild is gone', async () => !isProcessAlive(pid));
});

test('a child in a session of its own is killed with a process that outlives its grace period', async () => {
  const run = await testRun({ killGraceMs: 200 });
  const family =
    'trap "" TERM; setsid sleep 600 & sleep 0.2; echo pid $(cat /proc/$$/task/$$/children) .; while :; do sleep 0.05; done';
  await run.create('family', commandJob(['/bin/sh', '-c', family], { timeout: { seconds: 1 } }));
  const name = await run.launch('family');
  expect(await run.completed(name)).toMatchObject({ failedCount: 1 });
  const pid = Number(/pid (\d+) /.exec(await run.log(name))?.[1]);
  expect(pid).toBeGreaterThan(1);
  await eventually('the child is gone', async () => !isProcessAlive(pid));
});

test('a command that cannot start fails its attempt with a message, and the server continues', async () => {
  const run = await testRun();
  await run.create('nothing', commandJob(['/nowhere/to/be/found'], { maxRetries: 1 }));
  const execution = await run.completed(await run.launch('nothing'));
  expect(completedCondition(execution)).toMatchObject({ state: 'CONDITION_FAILED', reason: 'CONTAINER_MISSING' });
  expect(completedCondition(execution)?.message).toMatch(/could not be started.*ENOENT/);
  expect(await run.task(execution.name ?? '')).toMatchObject({ retried: 1 });
  await run.create('ok', commandJob(['/bin/true']));
  expect(await run.completed(await run.launch('ok'))).toMatchObject({ succeededCount: 1 });
});

test('a job without a command fails at once, because the server has no images', async () => {
  const run = await testRun();
  await run.create('image', commandJob([], { maxRetries: 3 }));
  const execution = await run.completed(await run.launch('image'));
  expect(completedCondition(execution)?.message).toContain('has no command');
  expect(await run.task(execution.name ?? '')).toMatchObject({ retried: 0 });
});

test('output is kept up to 10 MiB per attempt, then one line says that the rest was dropped', async () => {
  const run = await testRun();
  await run.create('loud', commandJob(['/bin/sh', '-c', 'head -c 12000000 /dev/zero; echo the end >&2']));
  const name = await run.launch('loud');
  expect(await run.completed(name)).toMatchObject({ succeededCount: 1 });
  const log = await run.log(name);
  expect(log.length).toBeLessThan(10 * 1024 * 1024 + 200);
  expect(log.slice(10 * 1024 * 1024)).toMatch(/^\n\[the log is full.*\]\n$/);
});

test('several tasks run with their own index, no more at once than the parallelism', async () => {
  const run = await testRun({ maxProcesses: 8 });
  const job = script(
    'console.log(process.env.CLOUD_RUN_TASK_INDEX, process.env.CLOUD_RUN_TASK_COUNT); setTimeout(() => {}, 150)',
  );
  await run.create('many', { template: { ...job.template, taskCount: 4, parallelism: 2 } });
  const name = await run.launch('many');
  let most = 0;
  await eventually('it completes', async () => {
    const { runningCount, completionTime } = await run.get(name);
    most = Math.max(most, runningCount ?? 0);
    return Boolean(completionTime);
  });
  expect(most).toBeLessThanOrEqual(2);
  expect(await run.get(name)).toMatchObject({ taskCount: 4, parallelism: 2, succeededCount: 4 });
  const logs = await Promise.all(['0-0', '1-0', '2-0', '3-0'].map((attempt) => run.log(name, attempt)));
  expect(logs).toEqual(['0 4\n', '1 4\n', '2 4\n', '3 4\n']);
  const [page, , { nextPageToken }] = (await run.tasks.listTasks(
    { parent: name, pageSize: 3 },
    { autoPaginate: false },
  )) as never as [{ index: number }[], unknown, { nextPageToken: string }];
  expect(page.map(({ index }) => index)).toEqual([0, 1, 2]);
  const [rest] = await run.tasks.listTasks(
    { parent: name, pageSize: 3, pageToken: nextPageToken },
    { autoPaginate: false },
  );
  expect(rest.map(({ index }) => index)).toEqual([3]);
  await refusal(
    run.tasks.getTask({ name: `${name}/tasks/${name.split('/').at(-1)}-task4` }),
    status.NOT_FOUND,
    /task4/,
  );
});

test('closing the server ends its processes: SIGTERM first, SIGKILL after the grace period', async () => {
  const run = await testRun({ killGraceMs: 200 });
  await run.create(
    'deaf',
    script('process.on("SIGTERM", () => {}); console.log("pid", process.pid, "."); setInterval(() => {}, 1000)'),
  );
  const name = await run.launch('deaf');
  const pid = Number(/pid (\d+) \./.exec(await written(run, name, ' .'))?.[1]);
  await run.server.close();
  expect(isProcessAlive(pid)).toBe(false);
});
