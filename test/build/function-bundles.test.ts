import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import { startPubsub } from '@pincast/emulators/pubsub';
import { startRun } from '@pincast/emulators/run';
import { startStorage } from '@pincast/emulators/storage';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { topics } from '#functions/core/messages/topics.ts';
import { runClients } from '#functions/google/run/clients.ts';
import { storageClient } from '#functions/google/storage/client.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';
import { deliveries } from '../../infra/contract/delivery.ts';
import { type FunctionName, functionFiles } from '../../infra/contract/function-env.ts';
import { LocalAccess } from '../../infra/local/access/local-access.ts';
import { localDeployment } from '../../infra/local/access/local-deployment.ts';
import { buildTar } from '../../infra/local/demo/build-tar.ts';
import { configEnv } from '../../infra/local/functions/function-env.ts';
import { layout } from '../../infra/local/layout.ts';
import {
  connectPush,
  provisionNotification,
  provisionStorage,
  provisionTopics,
} from '../../infra/local/provision/provision-cloud.ts';
import { sandboxJob } from '../../infra/local/provision/sandbox-job.ts';
import { type ProvisionDeps, provisionTenant } from '../../infra/local/provision/tenant-provisioner.ts';
import { inRepository } from '../../infra/local/repository.ts';
import { type Built, build } from '../fixtures/built.ts';
import { installFunction, serveFunction } from '../fixtures/deployed-function.ts';

const tar = buildTar([{ path: 'bin/work', mode: 0o755, content: '#!/bin/sh\nexit 0\n' }]);
const digest = `sha256:${createHash('sha256').update(tar).digest('hex')}`;
const PATIENCE = { timeout: 60_000, interval: 50 };

/** The emulators, and bundles only: each function in a directory with the packages of its lock file, and the sandbox. */
describe('the function bundles with the sandbox bundle', () => {
  const resources = new AsyncDisposableStack();
  let built: Built;
  let cloud: Awaited<ReturnType<typeof openCloud>>;
  beforeAll(async () => {
    built = await build();
    resources.defer(() => built.remove());
    cloud = await openCloud(built.dist, resources);
  });
  afterAll(() => resources.disposeAsync());

  it('the bundles carry a pushed promotion to launches, receipts, verdicts and status', async () => {
    await cloud.addTenant('acme');
    await cloud.serve('receipt');
    await cloud.serve('fanOut');
    await cloud.publish(topics.pinPromoted, {
      runtime: 'codex',
      environmentTarUrl: 'gs://pincast-environments/codex/a.tar',
      environmentTarDigest: digest,
    });
    // No recheck is served yet: the receipt function records the verdict.
    await vi.waitFor(
      async () => expect(await cloud.assignment('acme')).toMatchObject({ adoption: 'ADOPTED' }),
      PATIENCE,
    );
    expect(await cloud.objects('control', 'launches/codex/acme/')).toHaveLength(1);
    expect(await cloud.objects('receipts', 'acme/codex/')).toContainEqual(expect.stringMatching(/-adopted\.json$/));
    expect(await cloud.objects('control', 'reconciles/')).toEqual(['reconciles/codex.json']);

    await cloud.addTenant('globex');
    expect(await cloud.objects('control', 'launches/codex/globex/')).toEqual([]);
    await cloud.serve('recheck');
    await cloud.publish(topics.fleetRecheck, {});
    await vi.waitFor(
      async () => expect(await cloud.assignment('globex')).toMatchObject({ adoption: 'ADOPTED' }),
      PATIENCE,
    );
    expect(await cloud.objects('control', 'launches/codex/acme/')).toHaveLength(1);

    const { url } = await cloud.serve('status');
    const response = await fetch(`${url}/api/fleet/codex`);
    expect(response.status).toBe(200);
    const { tenants } = (await response.json()) as { tenants: object[] };
    expect(tenants).toMatchObject([
      { tenant: 'acme', adoption: 'ADOPTED' },
      { tenant: 'globex', adoption: 'ADOPTED' },
    ]);
  });

  it('fanOut acknowledges a CloudEvent with a missing tar, rejects it, and launches nothing', async () => {
    const { url } = await cloud.serve('fanOut', 'fan-out-by-cloud-event');
    const event = {
      runtime: 'codex',
      environmentTarUrl: 'gs://pincast-environments/codex/missing.tar',
      environmentTarDigest: digest,
    };
    const data = Buffer.from(JSON.stringify(event)).toString('base64');
    const launchesBefore = await cloud.objects('control', 'launches/');
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'ce-id': '1',
        'ce-source': '//pubsub.googleapis.com/projects/p/topics/pin-promoted',
        'ce-specversion': '1.0',
        'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
      },
      body: JSON.stringify({ message: { data, messageId: '990', publishTime: '2026-11-20T12:00:00Z' } }),
    });
    expect(response.status).toBe(204);
    expect(await cloud.objects('control', 'rejections/')).toEqual(['rejections/990.json']);
    expect(await cloud.objects('control', 'launches/')).toEqual(launchesBefore);
    expect(await cloud.objects('pins', 'codex/')).not.toContain('codex/00000002.json');
  });
});

async function openCloud(dist: string, resources: AsyncDisposableStack) {
  const home = mkdtempSync(join(tmpdir(), 'pincast-bundles-'));
  resources.defer(() => rmSync(home, { recursive: true, force: true }));
  const pubsub = await startPubsub();
  resources.defer(() => pubsub.close());
  const [storage, run] = await Promise.all([startStorage({ pubsubEndpoint: () => pubsub.endpoint }), startRun()]);
  resources.defer(() => storage.close());
  resources.defer(() => run.close());
  const endpoints = { storage: storage.endpoint, pubsub: pubsub.endpoint, run: run.endpoint };
  const env = configEnv(endpoints, { runQuotaPerMinute: 6000, retryFirstSeconds: 1 });

  const objects = storageClient(storage.endpoint, layout.project);
  const messages = new PubSub({ projectId: layout.project, apiEndpoint: pubsub.endpoint, emulatorMode: true });
  resources.defer(() => messages.close());
  const { jobs, close } = runClients(layout.region, run.endpoint);
  resources.defer(close);
  await Promise.all([provisionStorage(objects), provisionTopics(messages)]);
  await provisionNotification(objects);
  await objects.bucket(layout.buckets.environments).file('codex/a.tar').save(tar, { resumable: false });
  const deps: ProvisionDeps = {
    jobs,
    control: new JsonObjects(objects, layout.buckets.control),
    storageEndpointFor: storage.endpointFor,
    grantAccess: (tenant) => new LocalAccess().add(localDeployment([tenant]), storage.grant),
    workload: ['work'],
    compileCache: join(home, 'compile-cache'),
  };

  return {
    async addTenant(tenant: string): Promise<void> {
      await provisionTenant('codex', tenant, deps);
      await jobs.updateJob({ job: bundledJob(dist, tenant, deps) });
    },
    async serve(name: FunctionName, instance: string = name) {
      const directory = join(home, instance);
      mkdirSync(directory);
      installFunction(join(dist, 'functions', functionFiles[name]), directory);
      const served = await serveFunction(directory, name, env);
      resources.defer(served.close);
      const delivery = deliveries.find(({ to }) => to === name);
      if (delivery !== undefined) await connectPush(messages, delivery, served.url);
      return served;
    },
    publish: (topic: string, json: object) => messages.topic(topic).publishMessage({ json }),
    async assignment(tenant: string): Promise<unknown> {
      const [body] = await objects.bucket(layout.buckets.assignments).file(`codex/${tenant}.json`).download();
      return JSON.parse(String(body));
    },
    async objects(bucket: keyof typeof layout.buckets, prefix: string): Promise<string[]> {
      const [files] = await objects.bucket(layout.buckets[bucket]).getFiles({ prefix });
      return files.map(({ name }) => name);
    },
  };
}

/** The tenant's job in pinned mode, with the bundle for the sandbox's source. */
function bundledJob(dist: string, tenant: string, { storageEndpointFor, compileCache, workload }: ProvisionDeps) {
  const storageEndpoint = storageEndpointFor(`${tenant}@${layout.project}.iam.gserviceaccount.com`);
  const { name, command, args, serviceAccount } = sandboxJob({
    ...{ runtime: 'codex', tenant, storageEndpoint, compileCache, workload },
  });
  const entrypoint = join(dist, 'sandbox/pincast-sandbox.mjs');
  const bundled = command.map((word) => (word === inRepository('functions/sandbox.ts') ? entrypoint : word));
  expect(bundled).toContain(entrypoint);
  const containers = [{ image: 'pincast-sandbox:local', command: bundled, args }];
  const task = { containers, maxRetries: 0, serviceAccount, timeout: { seconds: 3600 } };
  return { name, template: { taskCount: 1, template: task } };
}
