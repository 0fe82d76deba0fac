import { type LocalStorage, startStorage } from '@pincast/emulators/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '#functions/core/config.ts';
import { openGuard } from '#functions/core/records/guard.ts';
import { digestOfHex } from '#functions/core/values/digest.ts';
import { type Cloud, connectCloud } from '#functions/google/cloud.ts';
import { storageClient } from '#functions/google/storage/client.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';
import { systemClock } from '#functions/host/clock.ts';
import { configEnv } from '../../infra/local/functions/function-env.ts';
import { layout } from '../../infra/local/layout.ts';

let server: LocalStorage;
let cloud: Cloud;
let warnings: string[];
const bucket = (name: keyof typeof layout.buckets) => storageClient(server.endpoint, 'p').bucket(layout.buckets[name]);

beforeEach(async () => {
  server = await startStorage();
  warnings = [];
  const log = { info: () => undefined, warn: (message: string) => warnings.push(message), error: () => undefined };
  const endpoints = { storage: server.endpoint, pubsub: '127.0.0.1:9', run: '127.0.0.1:9' };
  const env = configEnv(endpoints, { runQuotaPerMinute: 10, retryFirstSeconds: 1 });
  cloud = connectCloud(readConfig(env), systemClock, log);
  const client = storageClient(server.endpoint, 'p');
  for (const name of Object.values(layout.buckets)) await client.createBucket(name);
});
afterEach(() => server.close());

const control = () => new JsonObjects(storageClient(server.endpoint, 'p'), layout.buckets.control);

describe('storageFleet', () => {
  const tenant = (runtime: string, name: string) => ({
    formatVersion: 1,
    runtime,
    tenant: name,
    job: `projects/p/locations/l/jobs/${name}`,
    wave: null,
  });

  it('reads runtimes, tenants, holds and freezes from their objects', async () => {
    await control().create('tenants/codex/acme.json', tenant('codex', 'acme'));
    await control().create('tenants/other/globex.json', tenant('other', 'globex'));
    await control().create('holds/codex/acme.json', {});
    expect(await cloud.fleet.runtimes()).toEqual(['codex', 'other']);
    expect((await cloud.fleet.tenants('codex')).records.map(({ tenant }) => tenant)).toEqual(['acme']);
    expect(await cloud.fleet.tenant('codex', 'stranger')).toBeUndefined();
    expect(await cloud.fleet.holds('codex')).toEqual(new Set(['acme']));
    expect(await cloud.fleet.holds('other')).toEqual(new Set());
    expect(await cloud.fleet.isFrozen('codex')).toBe(false);
    await control().create('freezes/other.json', {});
    expect([await cloud.fleet.isFrozen('codex'), await cloud.fleet.isFrozen('other')]).toEqual([false, true]);
    await control().create('freezes/all.json', {});
    expect(await cloud.fleet.isFrozen('codex')).toBe(true);
  });

  it('throws if the guard is missing', async () => {
    await expect(cloud.fleet.guard()).rejects.toThrow(/guard\.json is missing/);
    await new JsonObjects(storageClient(server.endpoint, 'p'), layout.buckets.assignments).create(
      'guard.json',
      openGuard,
    );
    expect(await cloud.fleet.guard()).toEqual(openGuard);
  });

  it('names a registration that it cannot read', async () => {
    await control().create('tenants/codex/acme.json', { formatVersion: 2 });
    await expect(cloud.fleet.tenant('codex', 'acme')).rejects.toMatchObject({
      code: 'CORRUPT_RECORD',
      object: 'tenants/codex/acme.json',
    });
  });
});

describe('storageLaunchQuota.reserve', () => {
  const where = { project: 'p', region: 'r' };

  const takeAll = async (place: typeof where): Promise<number[]> => {
    const { slots } = await cloud.quota.reserve(place, 10);
    return slots.length === 0 ? [] : [...slots.map(({ at }) => at), ...(await takeAll(place))];
  };

  it('gives concurrent callers one minute’s quota together', async () => {
    const taken = await Promise.all(Array.from({ length: 3 }, () => takeAll(where)));
    expect(taken.flat()).toHaveLength(10);
  });

  it('counts per project and region', async () => {
    expect(await takeAll(where)).toHaveLength(10);
    expect(await takeAll(where)).toEqual([]);
    expect(await takeAll({ project: 'p', region: 'elsewhere' })).toHaveLength(10);
  });
});

describe('storageLaunchQuota.report', () => {
  const where = { project: 'p', region: 'reported' };

  it('pauses the location for every process until an accepted probe', async () => {
    const [slot = { at: 0, isProbe: false }] = (await cloud.quota.reserve(where, 1)).slots;
    await Promise.all([1, 2, 3].map(() => cloud.quota.report(where, slot, 'refused')));
    const stored = await control().read('quota/p/reported.json');
    expect(JSON.parse(stored?.value ?? '')).toMatchObject({ refusals: 1, pausedUntil: expect.any(Number) });
    const paused = await cloud.quota.reserve(where, 5);
    expect(paused).toMatchObject({ slots: [], retryAfter: expect.any(Number) });
    expect(paused.retryAfter).toBeGreaterThan(slot.at + 9_000);
    await cloud.quota.report(where, { at: slot.at, isProbe: true }, 'accepted');
    const open = (await cloud.quota.reserve(where, 5)).slots;
    expect(open.map(({ isProbe }) => isProbe)).toContain(false);
    expect(open.map(({ isProbe }) => isProbe)).not.toContain(true);
  });

  it('writes nothing if nothing changes', async () => {
    await cloud.quota.report(where, { at: Date.now(), isProbe: true }, 'accepted');
    expect(await control().read('quota/p/reported.json')).toBeUndefined();
  });
});

describe('storageReceipts', () => {
  it('returns undefined for an invalid receipt, and logs it', async () => {
    const name = {
      tenant: 'acme',
      runtime: 'codex',
      execution: 'e',
      taskIndex: 0,
      taskAttempt: 0,
      kind: 'adopted',
    } as const;
    expect(await cloud.receipts.read(name)).toBeUndefined();
    expect(warnings).toEqual([]);
    await bucket('receipts').file('acme/codex/e/0-0-adopted.json').save('{"kind":"adopted"}', { resumable: false });
    expect(await cloud.receipts.read(name)).toBeUndefined();
    expect(warnings).toEqual(['receipt unreadable']);
  });
});

describe('storageEnvironments', () => {
  const location = { bucket: layout.buckets.environments, object: 'codex/a.tar' };
  const sha256OfAbc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

  it('stats and hashes the generation that it saw', async () => {
    expect(await cloud.environments.stat(location)).toBeUndefined();
    await bucket('environments').file(location.object).save('abc', { resumable: false });
    const stat = await cloud.environments.stat(location);
    expect(stat).toEqual({ generation: expect.stringMatching(/^\d+$/), bytes: 3, contentEncoding: null });
    expect(await cloud.environments.hash(location, stat?.generation ?? '', 3)).toBe(digestOfHex(sha256OfAbc));
    await bucket('environments').file(location.object).save('abd', { resumable: false });
    await expect(cloud.environments.hash(location, stat?.generation ?? '', 3)).rejects.toMatchObject({ code: 404 });
  });

  it('stops reading at the caller’s limit, whatever the declared size', async () => {
    await bucket('environments').file(location.object).save('abcd', { resumable: false });
    const stat = await cloud.environments.stat(location);
    await expect(cloud.environments.hash(location, stat?.generation ?? '', 3)).rejects.toThrow(/more than 3 bytes/);
  });

  it('returns a contentEncoding, so that the preflight can refuse it', async () => {
    const metadata = { contentEncoding: 'gzip' };
    await bucket('environments').file(location.object).save('abc', { resumable: false, metadata });
    expect(await cloud.environments.stat(location)).toMatchObject({ contentEncoding: 'gzip' });
  });
});

describe('storageOrphanReports', () => {
  const none = { total: 0, first: [] };
  const report = (second: number) => ({
    formatVersion: 1 as const,
    runtime: 'codex',
    lookedAt: `2026-11-20T12:00:0${second}.000Z`,
    undecidedSince: { 'projects/p/locations/r': '2026-11-20T11:00:00.000Z' },
    jobless: { total: 1, first: ['acme'] },
    executions: none,
    unseen: none,
  });

  it('replaces a report only at the generation that was read', async () => {
    expect(await cloud.orphans.read('codex')).toBeUndefined();
    expect(await cloud.orphans.write(report(1), null)).toBe('written');
    expect(await cloud.orphans.write(report(2), null)).toBe('conflict');
    const stored = await cloud.orphans.read('codex');
    expect(stored?.value).toEqual(report(1));
    expect(await cloud.orphans.write(report(3), stored?.generation ?? null)).toBe('written');
    expect(await cloud.orphans.write(report(4), stored?.generation ?? null)).toBe('conflict');
    expect((await cloud.orphans.read('codex'))?.value).toEqual(report(3));
    expect(await cloud.orphans.read('other')).toBeUndefined();
  });

  it('returns null with the generation for an unreadable report', async () => {
    await control().create('orphans/codex.json', { formatVersion: 9 });
    const stored = await cloud.orphans.read('codex');
    expect(stored?.value).toBeNull();
    expect(await cloud.orphans.write(report(1), stored?.generation ?? null)).toBe('written');
  });
});
