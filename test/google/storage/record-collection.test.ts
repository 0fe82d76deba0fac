import { gzipSync } from 'node:zlib';
import { type LocalStorage, startStorage } from '@pincast/emulators/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '#functions/core/config.ts';
import { formatRecord } from '#functions/core/records/codec.ts';
import { openGuard } from '#functions/core/records/guard.ts';
import { readFleetStatus } from '#functions/flows/status/fleet-status.ts';
import { type Cloud, connectCloud } from '#functions/google/cloud.ts';
import { storageClient } from '#functions/google/storage/client.ts';
import { systemClock } from '#functions/host/clock.ts';
import { configEnv } from '../../../infra/local/functions/function-env.ts';
import { layout } from '../../../infra/local/layout.ts';
import { buildAssignment } from '../../fixtures/assignment.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildTenant } from '../../fixtures/tenant.ts';

type Bucket = 'pins' | 'assignments' | 'control' | 'receipts';

let server: LocalStorage;
let cloud: Cloud;

beforeEach(async () => {
  server = await startStorage();
  const endpoints = { storage: server.endpoint, pubsub: '127.0.0.1:9', run: '127.0.0.1:9' };
  const env = configEnv(endpoints, { runQuotaPerMinute: 10, retryFirstSeconds: 1 });
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  cloud = connectCloud(readConfig(env), systemClock, log);
  const client = storageClient(server.endpoint, 'p');
  for (const name of Object.values(layout.buckets)) await client.createBucket(name);
  await put('assignments', 'guard.json', formatRecord(openGuard));
  await put('control', 'tenants/codex/acme.json', formatRecord(buildTenant('acme')));
  await put('assignments', 'codex/acme.json', formatRecord(buildAssignment('acme')));
});
afterEach(() => server.close());

/** As `gcloud storage cp` or the console writes it: no custom metadata. */
async function put(bucket: Bucket, name: string, body: string | Buffer, contentEncoding?: string): Promise<void> {
  const metadata = contentEncoding === undefined ? {} : { contentEncoding };
  await storageClient(server.endpoint, 'p')
    .bucket(layout.buckets[bucket])
    .file(name)
    .save(body, { resumable: false, metadata });
}

const tenantsOf = async () => (await cloud.fleet.tenants('codex')).records.map(({ tenant }) => tenant);
const huge = Buffer.alloc(3 * 1024 * 1024, ' ');

describe('storageFleet.tenants', () => {
  it('ignores the folder that the console makes', async () => {
    await put('control', 'tenants/codex/', '');
    expect(await cloud.fleet.tenants('codex')).toEqual({ records: [buildTenant('acme')], unreadable: [] });
    expect(await cloud.fleet.runtimes()).toEqual(['codex']);
  });

  it.each<[string, string, string | Buffer, RegExp]>([
    ['no JSON', 'broken.json', '{"formatVersion":', /not JSON/],
    ['no content', 'empty.json', '', /not JSON/],
    ['another format', 'later.json', '{"formatVersion":2}', /formatVersion/],
    [
      'a wrong job',
      'wrong.json',
      formatRecord(buildTenant('wrong', { job: 'jobs/x' })),
      /expected projects\/<project id>/,
    ],
    [
      'a project number',
      'number.json',
      formatRecord(buildTenant('number', { job: 'projects/123/locations/l/jobs/j' })),
      /write the project's id instead of its number/,
    ],
    [
      'another runtime',
      'moved.json',
      formatRecord(buildTenant('moved', { runtime: 'other' })),
      /tenants\/other\/moved/,
    ],
    ['another tenant', 'renamed.json', formatRecord(buildTenant('acme')), /belongs to tenants\/codex\/acme\.json/],
    ['too many bytes', 'huge.json', huge, /3145728 bytes/],
    ['a name that no tenant has', 'README.md', 'These are the tenants.', /not JSON/],
  ])('names an object with %s, and returns the others', async (_, name, body, why) => {
    await put('control', `tenants/codex/${name}`, body);
    const { records, unreadable } = await cloud.fleet.tenants('codex');
    expect(records).toEqual([buildTenant('acme')]);
    expect(unreadable).toEqual([{ object: `tenants/codex/${name}`, why: expect.stringMatching(why) }]);
  });

  it('never decompresses an object, which could grow to gigabytes', async () => {
    await put('control', 'tenants/codex/bomb.json', gzipSync(formatRecord(buildTenant('bomb'))), 'gzip');
    expect(await tenantsOf()).toEqual(['acme']);
  });

  it('runtimes ignores folders whose names are not runtimes', async () => {
    for (const folder of ['No!', 'all', 'Codex']) await put('control', `tenants/${folder}/x.json`, '{}');
    await put('control', 'tenants/README.md', 'text');
    expect(await cloud.fleet.runtimes()).toEqual(['codex']);
  });
});

describe('storageAssignments.list', () => {
  it('names unreadable assignments, and returns the others', async () => {
    await put('assignments', 'codex/', '');
    await put('assignments', 'codex/hooli.json', '{"formatVersion":2}');
    await put('assignments', 'codex/moved.json', formatRecord(buildAssignment('moved', { runtime: 'other' })));
    await put('assignments', 'codex/huge.json', huge);
    const { records, unreadable } = await cloud.assignments.list('codex');
    expect(records.map(({ value }) => value.tenant)).toEqual(['acme']);
    expect(unreadable.map(({ object }) => object)).toEqual(['codex/hooli.json', 'codex/huge.json', 'codex/moved.json']);
  });
});

describe('storageFleet.holds and isFrozen', () => {
  it('count objects by name, whatever their content', async () => {
    await put('control', 'holds/codex/', '');
    await put('control', 'holds/codex/acme.json', huge);
    await put('control', 'freezes/', '');
    expect(await cloud.fleet.holds('codex')).toEqual(new Set(['acme']));
    expect(await cloud.fleet.isFrozen('codex')).toBe(false);
    await put('control', 'freezes/codex.json', huge);
    expect(await cloud.fleet.isFrozen('codex')).toBe(true);
  });
});

describe('storageLedger.list', () => {
  it('ignores the folder that the console makes', async () => {
    await put('pins', 'codex/', '');
    await cloud.ledgers.create(buildEntry(1));
    expect((await cloud.ledgers.read('codex')).entries.map(({ revision }) => revision)).toEqual([1]);
  });

  it('ignores objects whose names no entry has', async () => {
    await cloud.ledgers.create(buildEntry(1));
    await put('pins', 'codex/README.md', 'The ledger.');
    await put('pins', 'codex/backup/00000002.json', '{}');
    await put('pins', 'codex/huge.bin', huge);
    expect((await cloud.ledgers.read('codex')).entries.map(({ revision }) => revision)).toEqual([1]);
  });

  it('throws for an unreadable entry, and names it', async () => {
    await put('pins', 'codex/00000001.json', '{}');
    await expect(cloud.ledgers.read('codex')).rejects.toMatchObject({
      code: 'CORRUPT_RECORD',
      object: 'codex/00000001.json',
    });
  });
});

describe('readFleetStatus', () => {
  it('lists unreadable objects beside the readable tenants', async () => {
    await put('control', 'tenants/codex/hooli.json', '{}');
    const view = await readFleetStatus('codex', cloud);
    expect(view?.tenants.map(({ tenant }) => tenant)).toEqual(['acme']);
    expect(view?.unreadable.map(({ object }) => object)).toEqual(['tenants/codex/hooli.json']);
  });

  it('shows a runtime whose only registration is unreadable', async () => {
    await put('control', 'tenants/argon/hooli.json', '{}');
    expect(await readFleetStatus('argon', cloud)).toMatchObject({
      tenants: [],
      unreadable: [{ why: expect.any(String) }],
    });
  });
});
