import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startRun } from '@pincast/emulators/run';
import { startStorage } from '@pincast/emulators/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runClients } from '#functions/google/run/clients.ts';
import { storageClient } from '#functions/google/storage/client.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';
import { LocalAccess } from '../../infra/local/access/local-access.ts';
import { localDeployment } from '../../infra/local/access/local-deployment.ts';
import { buildTar } from '../../infra/local/demo/build-tar.ts';
import { childEnv, configEnv } from '../../infra/local/functions/function-env.ts';
import { type FunctionProcess, prepareFunction, startFunction } from '../../infra/local/functions/function-process.ts';
import { layout } from '../../infra/local/layout.ts';
import { provisionStorage } from '../../infra/local/provision/provision-cloud.ts';
import { provisionTenant } from '../../infra/local/provision/tenant-provisioner.ts';
import { repositoryRoot } from '../../infra/local/repository.ts';

const tar = buildTar([{ path: 'bin/work', mode: 0o755, content: '#!/bin/sh\necho "ran from $PINCAST_ENVIRONMENT"\n' }]);
const digest = `sha256:${createHash('sha256').update(tar).digest('hex')}`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pincast-bundle-'));
  await promisify(execFile)(process.execPath, ['infra/build.ts'], { cwd: repositoryRoot });
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the sandbox bundle', () => {
  it('runs from an empty directory with Node alone', async () => {
    await copyFile(join(repositoryRoot, 'dist/sandbox/pincast-sandbox.mjs'), join(folder, 'pincast-sandbox.mjs'));
    await writeFile(join(folder, 'environment.tar'), tar);
    const ran = sandbox(digest);
    expect(ran.stderr).not.toMatch(/"severity":"ERROR"/);
    expect(ran).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`ran from ${join(folder, 'right', 'env')}`),
    });
  });

  it('exits 65 for bytes with another digest, and leaves nothing', async () => {
    const wrong = `sha256:${'0'.repeat(64)}`;
    const ran = sandbox(wrong, 'wrong');
    expect(ran.status).toBe(65);
    expect(JSON.parse(ran.stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({
      code: 'DIGEST_MISMATCH',
      expected: wrong,
      actual: digest,
    });
    expect(await readdir(join(folder, 'wrong')).catch(() => [])).toEqual([]);
  });

  function sandbox(expected: string, workDir = 'right') {
    const flags = ['--environment-tar-url', `file://${folder}/environment.tar`, '--environment-tar-digest', expected];
    const results = ['--results-url', `file://${folder}/results`, '--dangerously-skip-results-archive-upload'];
    return spawnSync(
      process.execPath,
      ['pincast-sandbox.mjs', ...flags, ...results, '--work-dir', join(folder, workDir), '--', 'work'],
      { cwd: folder, env: { PATH: '/usr/bin:/bin' }, encoding: 'utf8' },
    );
  }
});

describe('the functions bundle', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  it('records a promotion and launches its tenant', async () => {
    const [storage, run] = await Promise.all([startStorage(), startRun()]);
    closing.push(storage.close, run.close);
    const endpoints = { storage: storage.endpoint, pubsub: '127.0.0.1:9', run: run.endpoint };
    const client = storageClient(storage.endpoint, layout.project);
    await provisionStorage(client);
    await client.bucket(layout.buckets.environments).file('codex/a.tar').save(tar, { resumable: false });
    const clients = runClients(layout.region, run.endpoint);
    closing.push(clients.close);
    const control = new JsonObjects(client, layout.buckets.control);
    await provisionTenant('codex', 'acme', {
      jobs: clients.jobs,
      control,
      storageEndpointFor: storage.endpointFor,
      grantAccess: (tenant) => new LocalAccess().add(localDeployment([tenant]), storage.grant),
      workload: ['work'],
      compileCache: join(folder, 'compile-cache'),
    });
    const fanOut = await bundledFanOut(configEnv(endpoints, { runQuotaPerMinute: 180, retryFirstSeconds: 1 }));
    const event = {
      runtime: 'codex',
      environmentTarUrl: 'gs://pincast-environments/codex/a.tar',
      environmentTarDigest: digest,
    };

    const response = await fetch(`${fanOut.url}/projects/p/topics/t`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        subscription: 'projects/p/subscriptions/s',
        message: {
          data: Buffer.from(JSON.stringify(event)).toString('base64'),
          messageId: '1',
          publishTime: '2026-11-20T12:00:00Z',
        },
      }),
    });
    expect(response.status).toBe(204);
    const parent = `projects/${layout.project}/locations/${layout.region}/jobs/codex-acme`;
    expect((await clients.executions.listExecutions({ parent }))[0]).toHaveLength(1);
    expect(await control.list('launches/codex/acme/', ({ name }) => name)).toHaveLength(1);
  });

  async function bundledFanOut(env: Record<string, string>): Promise<FunctionProcess> {
    const host = prepareFunction(childEnv(join(folder, 'cache')));
    closing.push(host.close);
    return startFunction(host, { name: 'fanOut', source: 'dist/functions/fan-out.mjs' }, env, folder);
  }
});
