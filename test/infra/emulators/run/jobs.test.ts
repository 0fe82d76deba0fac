import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { commandJob, PARENT, refusal, testRun } from './run-fixture.ts';

const JOB = commandJob(['/bin/true'], {}, { env: [{ name: 'A', value: '1' }] });

test('a created job is readable at once, as written, with the server’s fields', async () => {
  const run = await testRun();
  const job = { ...JOB, labels: { tenant: 'acme' }, annotations: { note: 'x' } };
  const created = await run.create('sandbox', job);
  const [got] = await run.jobs.getJob({ name: `${PARENT}/jobs/sandbox` });
  expect(got).toMatchObject({ name: `${PARENT}/jobs/sandbox`, labels: { tenant: 'acme' }, annotations: { note: 'x' } });
  expect(got).toMatchObject({ generation: '1', observedGeneration: '1', etag: created.etag, uid: created.uid });
  expect(got).toMatchObject({ executionCount: 0, terminalCondition: { state: 'CONDITION_SUCCEEDED' } });
  expect(got.template?.template?.containers?.[0]).toMatchObject({
    command: ['/bin/true'],
    env: [{ name: 'A', value: '1' }],
  });
  expect(got.creator).toContain('@acme.');
});

test('the operation of a created job can be asked for by its name', async () => {
  const run = await testRun();
  const [operation] = await run.jobs.createJob({ parent: PARENT, jobId: 'sandbox', job: JOB });
  const checked = await run.jobs.checkCreateJobProgress(operation.name ?? '');
  expect(checked.result).toMatchObject({ name: `${PARENT}/jobs/sandbox` });
});

test('defaults are Cloud Run’s: three retries, 600 s, one task', async () => {
  const run = await testRun();
  await run.create('sandbox', { template: { template: { containers: [{ image: 'i' }] } } });
  const [{ template }] = await run.jobs.getJob({ name: `${PARENT}/jobs/sandbox` });
  expect(template).toMatchObject({ taskCount: 1, template: { maxRetries: 3, timeout: { seconds: '600' } } });
});

test('zero retries stay zero', async () => {
  const run = await testRun();
  await run.create('sandbox', JOB);
  const [{ template }] = await run.jobs.getJob({ name: `${PARENT}/jobs/sandbox` });
  expect(template?.template?.maxRetries).toBe(0);
});

test('a job with several mistakes is refused with all of them', async () => {
  const run = await testRun();
  const env = [
    { name: 'BIG', value: 'x'.repeat(32_769) },
    { name: '', value: '' },
  ];
  const container = { image: 'i', args: Array.from({ length: 1_001 }, String), env };
  const job = {
    labels: { 'run.googleapis.com/x': '1' },
    template: {
      taskCount: 10_001,
      template: { maxRetries: 11, timeout: { seconds: 604_801 }, containers: [container] },
    },
  };
  const attempt = run.jobs.createJob({ parent: PARENT, jobId: 'Not_A_Name', job });
  await refusal(
    attempt,
    status.INVALID_ARGUMENT,
    /Not_A_Name.*BIG is 32769.*no name.*1001 args.*maxRetries is 11.*604801.*taskCount is 10001.*run\.googleapis\.com\/x/s,
  );
  expect((await run.jobs.listJobs({ parent: PARENT }))[0]).toEqual([]);
});

test.each([
  ['no container', { template: { template: { containers: [] } } }, /containers is empty/],
  ['two containers', { template: { template: { containers: [{}, {}] } } }, /2 containers/],
  [
    '1,001 variables',
    commandJob(['x'], {}, { env: Array.from({ length: 1_001 }, (_, i) => ({ name: `V${i}` })) }),
    /1001 env/,
  ],
  [
    'a secret',
    commandJob(['x'], {}, { env: [{ name: 'S', valueSource: { secretKeyRef: { secret: 's' } } }] }),
    /valueSource/,
  ],
  ['a NUL', commandJob(['x', 'a\0b']), /NUL/],
  ['another name', { ...JOB, name: `${PARENT}/jobs/other` }, /jobs\/other/],
])('%s is refused', async (_what, job, message) => {
  const run = await testRun();
  await refusal(run.jobs.createJob({ parent: PARENT, jobId: 'sandbox', job }), status.INVALID_ARGUMENT, message);
  expect((await run.jobs.listJobs({ parent: PARENT }))[0]).toEqual([]);
});

test('a value of exactly 32,768 bytes is accepted', async () => {
  const run = await testRun();
  const created = await run.create(
    'sandbox',
    commandJob(['x'], {}, { env: [{ name: 'A', value: 'x'.repeat(32_768) }] }),
  );
  expect(created.template?.template?.containers?.[0]?.env?.[0]?.value).toHaveLength(32_768);
});

test('an execution token is refused, and the error says so', async () => {
  const run = await testRun();
  const job = { ...JOB, startExecutionToken: 'a1' };
  await refusal(
    run.jobs.createJob({ parent: PARENT, jobId: 'sandbox', job }),
    status.UNIMPLEMENTED,
    /startExecutionToken/,
  );
  expect((await run.jobs.listJobs({ parent: PARENT }))[0]).toEqual([]);
});

test('validateOnly answers with the job and creates none', async () => {
  const run = await testRun();
  const [operation] = await run.jobs.createJob({ parent: PARENT, jobId: 'sandbox', job: JOB, validateOnly: true });
  expect((await operation.promise())[0].template?.template?.timeout).toMatchObject({ seconds: { low: 600 } });
  await refusal(run.jobs.getJob({ name: `${PARENT}/jobs/sandbox` }), status.NOT_FOUND, /jobs\/sandbox/);
});

test('a second job of the same name is refused and the first stays', async () => {
  const run = await testRun();
  const first = await run.create('sandbox', JOB);
  await refusal(run.create('sandbox', commandJob(['other'])), status.ALREADY_EXISTS, /already exists/);
  expect((await run.jobs.getJob({ name: first.name }))[0].uid).toBe(first.uid);
});

test('jobs are listed newest first, in pages, of one location', async () => {
  const run = await testRun();
  for (const id of ['a', 'b', 'c', 'd', 'e']) await run.create(id, JOB);
  await run.create('elsewhere', JOB, 'projects/acme/locations/us-east1');
  const pages: (string | undefined)[][] = [];
  let pageToken = '';
  do {
    const request = { parent: PARENT, pageSize: 2, pageToken };
    const [page, , response] = await run.jobs.listJobs(request, { autoPaginate: false });
    pages.push(page.map(({ name }) => name?.split('/').at(-1)));
    pageToken = response?.nextPageToken ?? '';
  } while (pageToken !== '');
  expect(pages).toEqual([['e', 'd'], ['c', 'b'], ['a']]);
  await refusal(run.jobs.listJobs({ parent: PARENT, pageToken: '!' }), status.INVALID_ARGUMENT, /pageToken/);
});

test('an update replaces the job as a whole and raises its generation', async () => {
  const run = await testRun();
  const created = await run.create('sandbox', { ...JOB, labels: { old: '1' } });
  const [operation] = await run.jobs.updateJob({
    job: { name: created.name, etag: created.etag, ...commandJob(['/bin/false']) },
  });
  await operation.promise();
  const [got] = await run.jobs.getJob({ name: created.name });
  expect(got).toMatchObject({ generation: '2', uid: created.uid, labels: {} });
  expect(got.template?.template?.containers?.[0]).toMatchObject({ command: ['/bin/false'], env: [] });
});

test('an update from a stale copy is ABORTED and changes nothing', async () => {
  const run = await testRun();
  const created = await run.create('sandbox', JOB);
  await run.jobs.updateJob({ job: { name: created.name, ...commandJob(['/bin/false']) } });
  const stale = run.jobs.updateJob({ job: { name: created.name, etag: created.etag, ...JOB } });
  await refusal(stale, status.ABORTED, /was specified but current version is/);
  const [got] = await run.jobs.getJob({ name: created.name });
  expect(got.generation).toBe('2');
  expect(got.template?.template?.containers?.[0]?.command).toEqual(['/bin/false']);
});

test('an update of a missing job is NOT_FOUND, or creates it with allowMissing', async () => {
  const run = await testRun();
  const job = { name: `${PARENT}/jobs/sandbox`, ...JOB };
  await refusal(run.jobs.updateJob({ job }), status.NOT_FOUND, /sandbox/);
  const [operation] = await run.jobs.updateJob({ job, allowMissing: true });
  expect((await operation.promise())[0]).toMatchObject({ name: job.name });
  expect((await run.jobs.getJob({ name: job.name }))[0].generation).toBe('1');
});

test('a deleted job is gone with its executions', async () => {
  const run = await testRun();
  const created = await run.create('sandbox', JOB);
  const execution = await run.launch('sandbox');
  await run.completed(execution);
  await refusal(run.jobs.deleteJob({ name: created.name, etag: '"stale"' }), status.ABORTED, /Conflict/);
  const [operation] = await run.jobs.deleteJob({ name: created.name, etag: created.etag });
  expect((await operation.promise())[0].deleteTime).toBeTruthy();
  await refusal(run.jobs.getJob({ name: created.name }), status.NOT_FOUND, /sandbox/);
  await refusal(run.executions.getExecution({ name: execution }), status.NOT_FOUND, /executions/);
  expect(await run.listed(`${PARENT}/jobs/-`)).toEqual([]);
});

test('a job knows how many executions it had and how the latest went', async () => {
  const run = await testRun();
  const { name } = await run.create('sandbox', JOB);
  await run.completed(await run.launch('sandbox'));
  const latest = await run.launch('sandbox');
  await run.completed(latest);
  const [got] = await run.jobs.getJob({ name });
  expect(got).toMatchObject({ executionCount: 2, generation: '1' });
  expect(got.latestCreatedExecution).toMatchObject({ name: latest, completionStatus: 'EXECUTION_SUCCEEDED' });
});

test('an unserved method answers UNIMPLEMENTED with its name', async () => {
  const run = await testRun();
  await refusal(run.jobs.getIamPolicy({ resource: `${PARENT}/jobs/a` }), status.UNIMPLEMENTED, /GetIamPolicy/);
});

test('a REST request is answered with a 501 in JSON that names the gRPC endpoint', async () => {
  const run = await testRun();
  const response = await fetch(`http://${run.server.endpoint}/v2/${PARENT}/jobs`);
  expect(response.status).toBe(501);
  expect(await response.json()).toMatchObject({
    error: { code: 501, status: 'UNIMPLEMENTED', message: expect.stringContaining('GET /v2/') },
  });
});
