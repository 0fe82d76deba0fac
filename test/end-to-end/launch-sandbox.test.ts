import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LocalRun, startRun } from '@pincast/emulators/run';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runClients } from '#functions/google/run/clients.ts';
import {
  ExecutionError,
  LaunchError,
  type LaunchRequest,
  launchSandbox,
  waitForExecution,
} from '#functions/launch-sandbox.ts';
import { tar } from '../fixtures/archives/tar.ts';
import { listing, temporaryFolder } from '../fixtures/archives/temporary-folder.ts';
import { expectToThrowWithCode } from '../match/to-throw-with-code.ts';
import { digestOf, ENTRY } from '../sandbox/fleet.ts';

const parent = 'projects/p/locations/local';
const job = `${parent}/jobs/sandbox`;
const environment = tar([{ name: 'bin/work', content: '#!/bin/sh\nexit "$1"\n', mode: 0o755 }]);

let server: LocalRun;

beforeAll(async () => {
  server = await startRun({ killGraceMs: 200 });
  vi.stubEnv('PINCAST_RUN_ENDPOINT', server.endpoint);
  const clients = runClients('local', server.endpoint);
  const containers = [{ image: 'x', command: [process.execPath, ENTRY] }];
  const template = { template: { containers, maxRetries: 0 } };
  await clients.jobs.createJob({ parent, jobId: 'sandbox', job: { template } });
  await clients.close();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

function requestIn(folder: string, change: Partial<LaunchRequest> = {}): LaunchRequest {
  writeFileSync(join(folder, 'environment.tar'), environment);
  return {
    job,
    environmentTarUrl: `file://${folder}/environment.tar`,
    environmentTarDigest: digestOf(environment),
    resultsUrl: `file://${folder}/results`,
    dangerouslySkipResultsArchiveUpload: true,
    workDir: join(folder, 'work'),
    command: ['work', '0'],
    ...change,
  };
}

describe('launchSandbox on the embedded Cloud Run with the real sandbox', () => {
  it('launches an execution and waits for its success', async () => {
    const folder = temporaryFolder();
    const name = await launchSandbox(requestIn(folder));
    expect(name).toMatch(/^projects\/p\/locations\/local\/jobs\/sandbox\/executions\/sandbox-/);
    const outcome = { state: 'SUCCEEDED', exitCode: 0, signal: null };
    expect(await waitForExecution(name, { timeoutSeconds: 100 })).toEqual({ name, outcome });
    expect(listing(join(folder, 'work'))).toContain('env/bin/work');
  });

  it('returns the workload’s exit code', async () => {
    const name = await launchSandbox(requestIn(temporaryFolder(), { command: ['work', '7'] }));
    const ended = await waitForExecution(name, { timeoutSeconds: 100 });
    expect(ended.outcome).toEqual({ state: 'FAILED', exitCode: 7, signal: null });
  });

  it('returns exit code 65 for bytes with another digest, and nothing is unpacked', async () => {
    const folder = temporaryFolder();
    const name = await launchSandbox(requestIn(folder, { environmentTarDigest: `sha256:${'0'.repeat(64)}` }));
    const ended = await waitForExecution(name, { timeoutSeconds: 100 });
    expect(ended.outcome).toEqual({ state: 'FAILED', exitCode: 65, signal: null });
    expect(listing(folder).filter((path) => path.includes('env/') || path.includes('result.json'))).toEqual([]);
  });

  it('throws REJECTED for a missing job', async () => {
    const missing = `${parent}/jobs/absent`;
    const launch = () => launchSandbox(requestIn(temporaryFolder(), { job: missing }));
    const error = await expectToThrowWithCode(launch, LaunchError, 'REJECTED');
    expect(error.message).toContain(`the job ${missing} does not exist`);
  });

  it('throws UNKNOWN for an unknown execution', async () => {
    const wait = () => waitForExecution(`${job}/executions/sandbox-zzzzz`);
    await expectToThrowWithCode(wait, ExecutionError, 'UNKNOWN');
  });
});
