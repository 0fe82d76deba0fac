import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { PubSub } from '@google-cloud/pubsub';
import { startPubsub } from '@pincast/emulators/pubsub';
import { startRun } from '@pincast/emulators/run';
import { startStorage } from '@pincast/emulators/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Assignment } from '#functions/core/records/assignment.ts';
import { names } from '#functions/core/records/object-names.ts';
import { storageClient } from '#functions/google/storage/client.ts';
import { configEnv } from '../../infra/local/functions/function-env.ts';
import { layout } from '../../infra/local/layout.ts';
import { provisionStorage, provisionTopics } from '../../infra/local/provision/provision-cloud.ts';
import { buildEntry } from '../fixtures/entry.ts';
import { buildTenant, REGION } from '../fixtures/tenant.ts';

const closing: (() => Promise<unknown>)[] = [];
let storage: ReturnType<typeof storageClient>;
const urls: Record<string, string> = {};

beforeAll(async () => {
  const [local, pubsub, run] = await Promise.all([startStorage(), startPubsub(), startRun()]);
  closing.push(local.close, pubsub.close, run.close);
  const endpoints = { storage: local.endpoint, pubsub: pubsub.endpoint, run: run.endpoint };
  Object.assign(process.env, configEnv(endpoints, { runQuotaPerMinute: 180, retryFirstSeconds: 1 }));
  storage = storageClient(local.endpoint, layout.project);
  await provisionStorage(storage);
  const client = new PubSub({ projectId: layout.project, apiEndpoint: pubsub.endpoint, emulatorMode: true });
  await provisionTopics(client);
  await client.close();
  await Promise.all([
    import('#functions/fan-out.ts'),
    import('#functions/recheck.ts'),
    import('#functions/receipt.ts'),
    import('#functions/status.ts'),
  ]);
  for (const name of ['fanOut', 'recheck', 'receipt', 'status']) urls[name] = await listen(getTestServer(name));
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const publishTime = '2026-11-20T12:00:00.5Z';
const encode = (data: unknown) =>
  Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)).toString('base64');

function rawPush(name: string, message: object): Promise<Response> {
  return fetch(`${urls[name]}/projects/p/topics/t`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message, subscription: 'projects/p/subscriptions/s' }),
  });
}

function cloudEvent(name: string, message: object): Promise<Response> {
  return fetch(`${urls[name]}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'ce-id': '1',
      'ce-source': '//pubsub.googleapis.com/projects/p/topics/t',
      'ce-specversion': '1.0',
      'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
    },
    body: JSON.stringify({ message, subscription: 'projects/p/subscriptions/s' }),
  });
}

async function rejection(messageId: string): Promise<{ faults: { path: string }[]; publishTime: string }> {
  const [body] = await storage.bucket(layout.buckets.control).file(`rejections/${messageId}.json`).download();
  return JSON.parse(body.toString());
}

async function objects(bucket: keyof typeof layout.buckets, prefix = ''): Promise<string[]> {
  const [files] = await storage.bucket(layout.buckets[bucket]).getFiles({ prefix });
  return files.map(({ name }) => name);
}

describe.each([
  ['a raw push', rawPush],
  ['a binary CloudEvent', cloudEvent],
])('fanOut, by %s', (title, send) => {
  const id = title.includes('raw') ? 'raw' : 'ce';

  it('acknowledges a rejected promotion, and keeps the rejection under its message id', async () => {
    const response = await send('fanOut', { data: encode({ runtime: 'X' }), messageId: `${id}-1`, publishTime });
    expect(response.status).toBe(204);
    const kept = await rejection(`${id}-1`);
    expect(kept.publishTime).toBe('2026-11-20T12:00:00.500000000Z');
    expect(kept.faults.map(({ path }) => path).sort()).toEqual([
      'environmentTarDigest',
      'environmentTarUrl',
      'runtime',
    ]);
  });

  it('rejects a replay that claims a later time than its own', async () => {
    const attributes = { originalMessageId: '9', originalPublishTime: '2026-11-20T12:00:01Z' };
    const message = { data: encode({ runtime: 'x' }), messageId: `${id}-2`, publishTime, attributes };
    expect((await send('fanOut', message)).status).toBe(204);
    expect((await rejection(`${id}-2`)).faults[0]?.path).toBe('originalPublishTime');
  });

  it.each([
    ['no data', { messageId: `${id}-3`, publishTime, attributes: { a: 'b' } }],
    ['empty data', { data: '', messageId: `${id}-4`, publishTime, attributes: { a: 'b' } }],
  ])('does not acknowledge a message with %s, and stores nothing', async (_title, message) => {
    const before = await objects('control');
    expect((await send('fanOut', message)).status).toBe(500);
    expect(await objects('control')).toEqual(before);
  });
});

describe('fanOut', () => {
  it('does not acknowledge a CloudEvent without a publish time, because its order is unknown', async () => {
    const before = await objects('control');
    expect((await cloudEvent('fanOut', { data: encode('{}'), messageId: '5' })).status).toBe(500);
    expect(await objects('control')).toEqual(before);
  });

  it('does not acknowledge a body that is not an event', async () => {
    const response = await fetch(`${urls.fanOut}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(response.status).toBe(500);
  });
});

describe('recheck', () => {
  it('acknowledges a recheck without runtimes', async () => {
    expect((await rawPush('recheck', { data: encode({}), messageId: '1', publishTime })).status).toBe(204);
  });

  it('acknowledges an unreadable request, because a redelivery cannot repair it', async () => {
    expect((await rawPush('recheck', { data: encode('{'), messageId: '2', publishTime })).status).toBe(204);
    expect(await objects('assignments')).toEqual(['guard.json']);
  });
});

describe('receipt', () => {
  it.each([
    [
      'another bucket',
      { bucketId: 'elsewhere', objectId: 'acme/codex/e/0-0-adopted.json', eventType: 'OBJECT_FINALIZE' },
    ],
    [
      'an object that is not a receipt',
      { bucketId: 'pincast-receipts', objectId: 'acme/x', eventType: 'OBJECT_FINALIZE' },
    ],
    [
      'a deletion',
      { bucketId: 'pincast-receipts', objectId: 'acme/codex/e/0-0-adopted.json', eventType: 'OBJECT_DELETE' },
    ],
    [
      'an unknown tenant',
      { bucketId: 'pincast-receipts', objectId: 'acme/codex/e/0-0-adopted.json', eventType: 'OBJECT_FINALIZE' },
    ],
  ])('acknowledges a notification about %s and changes nothing', async (_title, attributes) => {
    const message = { data: encode('{}'), messageId: '3', publishTime, attributes };
    expect((await rawPush('receipt', message)).status).toBe(204);
    expect(await objects('assignments')).toEqual(['guard.json']);
  });
});

describe('status', () => {
  it.each([
    ['/api/fleet/nowhere', 404, /runtime nowhere not found/],
    ['/api/fleet/No!', 400, /invalid runtime "No!"/],
    ['/', 404, /expected \/api\/fleet/],
  ])('answers %s with %i', async (path, status, error) => {
    const response = await fetch(urls.status + path);
    expect(response.status).toBe(status);
    expect(((await response.json()) as { error: string }).error).toMatch(error);
  });

  it('answers other methods with 405', async () => {
    const response = await fetch(`${urls.status}/api/fleet/codex`, { method: 'DELETE' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  it('shows a fleet with tenants and no promotion', async () => {
    const record = {
      formatVersion: 1,
      runtime: 'codex',
      tenant: 'acme',
      job: 'projects/p/locations/l/jobs/j',
      wave: null,
    };
    const file = storage.bucket(layout.buckets.control).file('tenants/codex/acme.json');
    await file.save(JSON.stringify(record), { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
    const response = await fetch(`${urls.status}/api/fleet/codex`);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({
      runtime: 'codex',
      revision: null,
      state: 'PENDING',
      tenants: [{ tenant: 'acme', adoption: 'NEVER_RAN' }],
    });
  });
});

describe('recheck with two deliveries to one process', () => {
  it('claims under one owner per delivery, because deliveries compete like processes', async () => {
    const put = (bucket: keyof typeof layout.buckets, name: string, record: object) =>
      storage.bucket(layout.buckets[bucket]).file(name).save(JSON.stringify(record), { resumable: false });
    const tenants = ['a', 'b'].map((tenant) =>
      buildTenant(tenant, { runtime: 'owned', job: `${REGION}/jobs/owned-${tenant}` }),
    );
    for (const tenant of tenants) await put('control', names.tenant('owned', tenant.tenant), tenant);
    await put('pins', names.pin('owned', 1), buildEntry(1, { runtime: 'owned' }));
    const owners = new Set<unknown>();
    for (const { tenant } of tenants) {
      const data = encode({ runtime: 'owned', tenants: [tenant] });
      expect((await rawPush('recheck', { data, messageId: tenant, publishTime })).status).toBe(204);
      const [body] = await storage
        .bucket(layout.buckets.assignments)
        .file(names.assignment('owned', tenant))
        .download();
      owners.add((JSON.parse(body.toString()) as Assignment).owner);
    }
    expect(owners.size).toBe(2);
    expect(owners).not.toContain(null);
  });
});
