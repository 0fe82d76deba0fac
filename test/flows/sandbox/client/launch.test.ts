import { describe, expect, it } from 'vitest';
import { type LaunchRequest, LaunchRequestError } from '#functions/core/sandbox/client/launch-request.ts';
import { failed, succeeded } from '#functions/core/values/outcome.ts';
import { launchExecution } from '#functions/flows/sandbox/client/launch.ts';
import { ExecutionError, waitForOutcome } from '#functions/flows/sandbox/client/wait.ts';
import { LaunchError } from '#functions/ports/launcher.ts';
import { FakeCloud } from '../../../fakes/fake-cloud.ts';
import type { PortCall } from '../../../fakes/gate.ts';
import { digestA } from '../../../fixtures/digests.ts';
import { jobOfTenant } from '../../../fixtures/tenant.ts';
import { expectToThrowWithCode } from '../../../match/to-throw-with-code.ts';

const job = jobOfTenant('acme');
const request: LaunchRequest = {
  job,
  environmentTarUrl: 'gs://tars/env.tar',
  environmentTarDigest: digestA,
  resultsUploadUrl: 'gs://results/a.tar.gz',
  command: ['work'],
};

function stage() {
  const cloud = new FakeCloud();
  const calls: PortCall[] = [];
  const deps = cloud.connect('launcher', (call) => {
    calls.push(call);
    return undefined;
  });
  cloud.jobs.add(job);
  return { cloud, calls, deps, launch: (given: LaunchRequest) => cloud.run(launchExecution(given, deps)) };
}

describe('launchSandbox', () => {
  it('runs the job once with the request as arguments, and returns the execution’s full name', async () => {
    const { cloud, launch } = stage();
    const name = await launch(request);
    expect(cloud.jobs.executions().map((execution) => execution.name)).toEqual([name]);
    expect(cloud.jobs.execution(name)).toMatchObject({ job, launchId: null });
    const digest = ['--environment-tar-url', 'gs://tars/env.tar', '--environment-tar-digest', digestA];
    expect(cloud.jobs.argsOf(name)).toEqual([...digest, '--results-upload-url', 'gs://results/a.tar.gz', '--', 'work']);
    expect(cloud.log).toEqual([]);
  });

  it.each<[string, Partial<LaunchRequest>]>([
    ['a bad digest', { environmentTarDigest: 'sha256:1' }],
    ['a bad URL', { environmentTarUrl: 'env.tar' }],
    ['a bad job', { job: 'acme' }],
    ['no upload', { resultsUploadUrl: undefined }],
    ['two things to run', { workflow: { matchspec: 'w', config: {} } }],
    ['a bad digest beside a signed URL', { environmentTarUrl: 'https://h/o?sig=hush', environmentTarDigest: '' }],
  ])('makes no call for a request with %s', async (_title, change) => {
    const { cloud, calls, launch } = stage();
    await expectToThrowWithCode(() => launch({ ...request, ...change }), LaunchRequestError, 'USAGE');
    expect(calls).toEqual([]);
    expect(cloud.jobs.executions()).toEqual([]);
    expect(cloud.log).toEqual([]);
  });

  it('warns of a signed URL without showing its signature', async () => {
    const { cloud, launch } = stage();
    const signed = 'https://h/o?X-Goog-Signature=hush';
    const name = await launch({ ...request, resultsUploadUrl: signed });
    expect(cloud.jobs.argsOf(name)).toContain(signed);
    expect(cloud.log).toMatchObject([
      {
        level: 'warn',
        message: expect.stringContaining('signed URL'),
        fields: { job, field: 'resultsUploadUrl', url: 'https://h/o?REDACTED' },
      },
    ]);
    expect(JSON.stringify(cloud.log)).not.toContain('hush');
  });

  it('throws REJECTED for a missing job, and nothing runs', async () => {
    const { cloud, launch } = stage();
    cloud.jobs.remove(job);
    const error = await expectToThrowWithCode(() => launch(request), LaunchError, 'REJECTED');
    expect(error.message).toContain(`${job} does not exist`);
    expect(cloud.jobs.executions()).toEqual([]);
  });
});

describe('awaitOutcome', () => {
  it.each([succeeded, failed(65, null), failed(null, 'SIGKILL')])(
    'reads the execution until it has ended: %j',
    async (outcome) => {
      const { cloud, deps, launch } = stage();
      const name = await launch(request);
      const waiting = waitForOutcome(name, deps);
      const ending = cloud.stage.sleep(60_000).then(() => cloud.jobs.end(name, outcome));
      await cloud.play<unknown>(waiting, ending);
      expect(await waiting).toEqual({ name, outcome });
    },
  );

  it('throws UNKNOWN for an execution that Cloud Run deleted meanwhile', async () => {
    const { cloud, deps, launch } = stage();
    const name = await launch(request);
    const waiting = waitForOutcome(name, deps);
    const forgetting = cloud.stage.sleep(60_000).then(() => cloud.jobs.forget(name));
    await cloud.play<unknown>(waiting, forgetting);
    await expectToThrowWithCode(() => waiting, ExecutionError, 'UNKNOWN');
  });

  it('throws TIMEOUT at its timeout', async () => {
    const { cloud, deps, launch } = stage();
    const name = await launch(request);
    const before = cloud.now().getTime();
    await expectToThrowWithCode(() => cloud.run(waitForOutcome(name, deps, 90)), ExecutionError, 'TIMEOUT');
    expect(cloud.now().getTime() - before).toBe(90_000);
  });

  it.each([
    ['a short name', 'codex-acme-1', undefined],
    ['a job', job, undefined],
    ['a region that is a host', 'projects/p/locations/evil.example:1?/jobs/j/executions/e', undefined],
    ['a negative timeout', `${job}/executions/e`, -1],
    ['a timeout that is no number', `${job}/executions/e`, Number.NaN],
  ])('makes no call for %s', async (_title, name, timeout) => {
    const { deps, calls } = stage();
    await expectToThrowWithCode(() => waitForOutcome(name, deps, timeout), LaunchRequestError, 'USAGE');
    expect(calls).toEqual([]);
  });
});
