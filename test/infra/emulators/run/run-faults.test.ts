import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import type { Call, Fault } from '../../../../infra/emulators/faults.ts';
import { commandJob, PARENT, refusal, testRun } from './run-fixture.ts';

const TRUE = commandJob(['/bin/true']);

/** A server whose next RunJob meets this fault. */
async function faultyRun(fault: Fault) {
  const calls: Call[] = [];
  let armed = false;
  const run = await testRun({
    faults: (call) => {
      calls.push(call);
      if (!armed || call.method !== 'RunJob') return undefined;
      armed = false;
      return fault;
    },
  });
  await run.create('sandbox', TRUE);
  armed = true;
  return { ...run, calls };
}

test('a lost response hides an execution that exists', async () => {
  const run = await faultyRun({ kind: 'lost-response' });
  await refusal(run.launch('sandbox'), status.UNAVAILABLE, /lost/);
  const [name] = await run.listed(`${PARENT}/jobs/sandbox`);
  expect(await run.completed(name ?? '')).toMatchObject({ succeededCount: 1 });
});

test.each<[Fault, number]>([
  [{ kind: 'reset' }, status.UNAVAILABLE],
  [{ kind: 'status', status: 429 }, status.RESOURCE_EXHAUSTED],
  [{ kind: 'status', status: 403 }, status.PERMISSION_DENIED],
  [{ kind: 'status', status: 500 }, status.INTERNAL],
  [{ kind: 'status', status: 503 }, status.UNAVAILABLE],
])('%j takes effect before the call does', async (fault, code) => {
  const run = await faultyRun(fault);
  await refusal(run.launch('sandbox'), code, /./);
  expect(await run.listed(`${PARENT}/jobs/sandbox`)).toEqual([]);
  await run.launch('sandbox');
  expect(await run.listed(`${PARENT}/jobs/sandbox`)).toHaveLength(1);
});

test('a delayed answer comes late, and its work is done at once', async () => {
  const run = await faultyRun({ kind: 'delay', milliseconds: 60_000 });
  const gone = run.jobs.runJob({ name: `${PARENT}/jobs/sandbox` }, { timeout: 300 });
  await refusal(gone, status.DEADLINE_EXCEEDED, /./);
  expect(await run.listed(`${PARENT}/jobs/sandbox`)).toHaveLength(1);
});

test('the switch hears the method and the resource of every call', async () => {
  const run = await faultyRun({ kind: 'reset' });
  await run.listed(`${PARENT}/jobs/sandbox`);
  expect(run.calls).toEqual([
    { service: 'run', method: 'CreateJob', resource: `${PARENT}/jobs/sandbox` },
    { service: 'run', method: 'ListExecutions', resource: `${PARENT}/jobs/sandbox` },
  ]);
});
