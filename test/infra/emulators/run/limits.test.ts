import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { RunQuota } from '../../../../infra/emulators/run/jobs/run-quota.ts';
import { commandJob, PARENT, refusal, testRun } from './run-fixture.ts';

const ELSEWHERE = 'projects/acme/locations/us-east1';

test('the default run quota is 180 calls a minute', async () => {
  const run = await testRun({ runQuotaPerMinute: undefined, maxProcesses: 1 });
  await run.create('sandbox', commandJob(['/bin/true']));
  await Promise.all(Array.from({ length: 180 }, () => run.launch('sandbox')));
  await refusal(run.launch('sandbox'), status.RESOURCE_EXHAUSTED, /'Run requests'/);
});

test('a call past the quota is refused, creates nothing, and succeeds in the next window', async () => {
  let now = new Date('2026-11-20T12:00:00Z');
  const run = await testRun({ runQuotaPerMinute: 2, now: () => now });
  for (const parent of [PARENT, ELSEWHERE]) await run.create('sandbox', commandJob(['/bin/true']), parent);
  await run.launch('sandbox');
  now = new Date('2026-11-20T12:00:30Z');
  await run.launch('sandbox');
  await refusal(run.launch('sandbox'), status.RESOURCE_EXHAUSTED, /Quota exceeded for quota metric 'Run requests'/);
  expect(await run.listed(`${PARENT}/jobs/-`)).toHaveLength(2);
  await run.launch('sandbox', {}, ELSEWHERE);
  now = new Date('2026-11-20T12:01:00Z');
  await run.launch('sandbox');
  await refusal(run.launch('sandbox'), status.RESOURCE_EXHAUSTED, /project:acme/);
  expect(await run.listed(`${PARENT}/jobs/-`)).toHaveLength(3);
});

test('the window slides: no 60 s hold more calls than the quota', () => {
  const quota = new RunQuota(3);
  const taken = Array.from({ length: 500 }, (_, second) => second * 1_000).filter((at) => quota.take('here', at));
  for (const start of taken) {
    expect(taken.filter((at) => at >= start && at < start + 60_000).length).toBeLessThanOrEqual(3);
  }
  expect(taken.length).toBe(Math.ceil(500 / 60) * 3);
});

test('a call past the running executions is refused; a completed execution frees capacity', async () => {
  const run = await testRun({ maxRunningExecutions: 2, maxProcesses: 1 });
  await run.create('sandbox', commandJob(['sleep', '600']));
  await run.create('sandbox', commandJob(['sleep', '600']), ELSEWHERE);
  const first = await run.launch('sandbox');
  const second = await run.launch('sandbox');
  await refusal(run.launch('sandbox'), status.RESOURCE_EXHAUSTED, /2 executions are running/);
  expect(await run.listed(`${PARENT}/jobs/sandbox`)).toEqual([second, first]);
  await run.launch('sandbox', {}, ELSEWHERE);
  await run.executions.cancelExecution({ name: second });
  await run.completed(second);
  await run.launch('sandbox');
  await run.executions.deleteExecution({ name: first });
  await run.launch('sandbox');
  await refusal(run.launch('sandbox'), status.RESOURCE_EXHAUSTED, /at most 2/);
});
