import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { identityOf } from '../../../../infra/emulators/run/store/process-identity.ts';
import {
  actions,
  commandJob,
  completedCondition,
  createClients,
  eventually,
  isProcessAlive,
  PARENT,
  script,
  temporaryFolder,
  testRun,
  written,
} from './run-fixture.ts';

const JOURNAL = 'journal.jsonl';

/** A server that can be killed without a farewell. */
async function killableRun(stateDir: string) {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, 'serve-run.ts'), stateDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [endpoint] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')) as [
    string,
  ];
  const kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  const clients = createClients(endpoint);
  return { kill, ...clients, ...actions(clients) };
}

const pidIn = (log: string): number => Number(/pid (\d+) \./.exec(log)?.[1]);
const LIVES = 'console.log("pid", process.pid, "."); process.on("SIGPIPE", () => {}); setInterval(() => {}, 1000)';

test('jobs and completed executions are the same after a restart', async () => {
  const stateDir = await temporaryFolder();
  const before = await testRun({ stateDir });
  await before.create('a', commandJob(['/bin/sh', '-c', 'echo hello; exit 7']));
  const [operation] = await before.jobs.runJob({ name: `${PARENT}/jobs/a` });
  const { name } = operation.metadata as { name: string };
  const execution = await before.completed(name);
  const [job] = await before.jobs.getJob({ name: `${PARENT}/jobs/a` });
  await before.server.close();
  const after = await testRun({ stateDir });
  expect(await after.get(name)).toEqual({ ...execution, etag: expect.any(String) });
  expect((await after.jobs.getJob({ name: job.name }))[0]).toEqual(job);
  expect((await after.task(name))?.lastAttemptResult).toMatchObject({ exitCode: 7 });
  expect(await after.log(name)).toBe('hello\n');
  expect((await after.jobs.checkRunJobProgress(operation.name ?? '')).done).toBe(true);
});

test('a waiting execution continues after a restart', async () => {
  const stateDir = await temporaryFolder();
  const before = await testRun({ stateDir, maxProcesses: 0 });
  await before.create('a', commandJob(['/bin/true']));
  const name = await before.launch('a');
  await before.server.close();
  const after = await testRun({ stateDir });
  expect(await after.completed(name)).toMatchObject({ succeededCount: 1, retriedCount: 0 });
});

test('a killed server’s attempt has failed after a restart, and the retry runs', async () => {
  const stateDir = await temporaryFolder();
  const before = await killableRun(stateDir);
  await before.create(
    'a',
    script(`process.env.CLOUD_RUN_TASK_ATTEMPT === "1" ? 0 : (() => { ${LIVES} })()`, { maxRetries: 1 }),
  );
  const name = await before.launch('a');
  const pid = pidIn(await written(before, name, ' .'));
  await before.kill();
  expect(isProcessAlive(pid)).toBe(true);
  const after = await testRun({ stateDir });
  await eventually('the left over process is gone', async () => !isProcessAlive(pid));
  expect(await after.completed(name)).toMatchObject({ succeededCount: 1, retriedCount: 1 });
});

test('after a killed server an execution without retries left has failed, and says why', async () => {
  const stateDir = await temporaryFolder();
  const before = await killableRun(stateDir);
  await before.create('a', script(LIVES));
  const name = await before.launch('a');
  const pid = pidIn(await written(before, name, ' .'));
  await before.kill();
  const after = await testRun({ stateDir });
  const execution = await after.completed(name);
  expect(completedCondition(execution)).toMatchObject({ state: 'CONDITION_FAILED' });
  expect(completedCondition(execution)?.message).toContain('server stopped');
  await eventually('the left over process is gone', async () => !isProcessAlive(pid));
});

test('another program with the recorded pid is never killed', async () => {
  const stateDir = await temporaryFolder();
  const before = await killableRun(stateDir);
  await before.create('a', script(LIVES));
  const name = await before.launch('a');
  const pid = pidIn(await written(before, name, ' .'));
  await before.kill();
  process.kill(pid, 'SIGKILL');
  const stranger = spawn('sleep', ['600'], { detached: true });
  onTestFinished(() => void stranger.kill('SIGKILL'));
  const journal = await readFile(join(stateDir, JOURNAL), 'utf8');
  await writeFile(join(stateDir, JOURNAL), journal.replaceAll(`"pid":${pid},`, `"pid":${stranger.pid},`));
  const after = await testRun({ stateDir });
  await after.completed(name);
  expect(isProcessAlive(stranger.pid ?? 0)).toBe(true);
  expect(identityOf(stranger.pid ?? 0)).toBeDefined();
});

test('a torn last record loses nothing else, and later records are kept', async () => {
  const stateDir = await temporaryFolder();
  const before = await testRun({ stateDir });
  await before.create('a', commandJob(['/bin/true']));
  const first = await before.launch('a');
  await before.completed(first);
  await before.server.close();
  await appendFile(join(stateDir, JOURNAL), '{"kind":"job-deleted","na');
  const after = await testRun({ stateDir });
  const second = await after.launch('a');
  await after.completed(second);
  await after.server.close();
  const again = await testRun({ stateDir });
  expect(await again.listed(`${PARENT}/jobs/a`)).toEqual([second, first]);
});

test('a journal damaged in the middle is refused by line number, not read in part', async () => {
  const stateDir = await temporaryFolder();
  await writeFile(join(stateDir, JOURNAL), '{"kind":\n{}\n');
  await expect(testRun({ stateDir })).rejects.toThrow(/journal\.jsonl:1 \(byte 0\): expected a line of JSON/);
  expect(await readFile(join(stateDir, JOURNAL), 'utf8')).toBe('{"kind":\n{}\n');
});

test('deleted executions stay deleted after a restart', async () => {
  const stateDir = await temporaryFolder();
  const before = await testRun({ stateDir, forgetAfter: 1 });
  await before.create('a', commandJob(['/bin/true']));
  await before.create('gone', commandJob(['/bin/true']));
  for (let round = 0; round < 3; round += 1) await before.completed(await before.launch('a'));
  const kept = await before.listed(`${PARENT}/jobs/a`);
  await before.jobs.deleteJob({ name: `${PARENT}/jobs/gone` });
  await before.server.close();
  const after = await testRun({ stateDir, forgetAfter: 1 });
  expect(await after.listed(`${PARENT}/jobs/-`)).toEqual(kept);
  const [jobs] = await after.jobs.listJobs({ parent: PARENT });
  expect(jobs.map(({ name, executionCount }) => [name, executionCount])).toEqual([[`${PARENT}/jobs/a`, 3]]);
});

test('a folder serves one server at a time', async () => {
  const stateDir = await temporaryFolder();
  const first = await testRun({ stateDir });
  await expect(testRun({ stateDir })).rejects.toThrow(/belongs to the running server/);
  await first.create('a', commandJob(['/bin/true']));
  await first.server.close();
  const second = await testRun({ stateDir });
  expect((await second.jobs.listJobs({ parent: PARENT }))[0]).toHaveLength(1);
});
