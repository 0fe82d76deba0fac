import type { Call } from '@pincast/emulators/faults';
import { type LocalStorage, startStorage } from '@pincast/emulators/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { names } from '#functions/core/records/object-names.ts';
import { storageClient } from '#functions/google/storage/client.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';
import { storageLedgers } from '#functions/google/storage/stores/ledger.ts';
import type { Ledgers } from '#functions/ports/ledger.ts';
import { buildEntry } from '../../../fixtures/entry.ts';

let server: LocalStorage;
let calls: Call[];

beforeEach(async () => {
  calls = [];
  server = await startStorage({
    faults: (call) => {
      calls.push(call);
      return undefined;
    },
  });
  await storageClient(server.endpoint, 'p').createBucket('pins');
});
afterEach(() => server.close());

/** The ledger as one process sees it. */
function connect(): Ledgers {
  return storageLedgers(new JsonObjects(storageClient(server.endpoint, 'p'), 'pins'));
}

/** So many tenants that the record does not fit the metadata, and its body is read. */
const wide = Array.from({ length: 300 }, (_, index) => `a-tenant-with-a-rather-long-name-${index}`);

async function fill(from: number, to: number, overrides = {}): Promise<void> {
  const ledgers = connect();
  for (let revision = from; revision <= to; revision++) await ledgers.create(buildEntry(revision, overrides));
  calls = [];
}

function countOf(method: string): number {
  return calls.filter((call) => call.method === method).length;
}

const revisionsOf = async (ledgers: Ledgers, runtime = 'codex') =>
  (await ledgers.read(runtime)).entries.map(({ revision }) => revision);

describe('storageLedgers', () => {
  it('lists only entries after the newest one it has read', async () => {
    await fill(1, 5);
    const ledgers = connect();
    expect(await revisionsOf(ledgers)).toEqual([1, 2, 3, 4, 5]);
    const bucket = storageClient(server.endpoint, 'p').bucket('pins');
    await bucket.file(names.pin('codex', 5)).save('a list of the whole ledger stops here', { resumable: false });
    await fill(6, 7);
    expect(await revisionsOf(ledgers)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(countOf('objects.list')).toBe(1);
    await expect(connect().read('codex')).rejects.toMatchObject({ object: names.pin('codex', 5) });
  });

  it('reads the body of an entry once', async () => {
    await fill(1, 3, { tenants: wide });
    const ledgers = connect();
    const [first] = (await ledgers.read('codex')).entries;
    expect(first?.tenants).toEqual(wide);
    const gets = countOf('objects.get');
    expect(gets).toBeGreaterThan(0);
    expect(await revisionsOf(ledgers)).toEqual([1, 2, 3]);
    expect(countOf('objects.get')).toBe(gets);
  });

  it('keeps the ledgers of runtimes apart', async () => {
    await fill(1, 2);
    await fill(1, 3, { runtime: 'codex-next' });
    const ledgers = connect();
    expect(await revisionsOf(ledgers)).toEqual([1, 2]);
    expect(await revisionsOf(ledgers, 'codex-next')).toEqual([1, 2, 3]);
    expect(await revisionsOf(ledgers)).toEqual([1, 2]);
  });

  it('returns the same ledger while no entry is added', async () => {
    await fill(1, 2);
    const ledgers = connect();
    const first = await ledgers.read('codex');
    expect(await ledgers.read('codex')).toBe(first);
    await fill(3, 3);
    expect((await ledgers.read('codex')).newestRevision).toBe(3);
    expect(first.newestRevision).toBe(2);
  });

  it('returns every entry once if calls overlap', async () => {
    await fill(1, 5);
    const ledgers = connect();
    await Promise.all([ledgers.read('codex'), ledgers.read('codex')]);
    await fill(6, 9);
    const lists = await Promise.all([revisionsOf(ledgers), revisionsOf(ledgers), revisionsOf(ledgers)]);
    for (const list of [...lists, await revisionsOf(ledgers)]) expect(list).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('returns an entry that this process has created', async () => {
    await fill(1, 2);
    const ledgers = connect();
    await ledgers.read('codex');
    expect(await ledgers.create(buildEntry(3))).toBe('created');
    expect(await ledgers.create(buildEntry(3))).toBe('exists');
    expect(await revisionsOf(ledgers)).toEqual([1, 2, 3]);
  });

  it.each([
    ['is not a record', 'codex/00000003.json', 'nonsense'],
    ['has the name of another revision', 'codex/00000003.json', JSON.stringify(buildEntry(4))],
    ['has the name of another runtime', 'codex/00000003.json', JSON.stringify(buildEntry(3, { runtime: 'other' }))],
  ])('throws for an object that %s, each time, and names it', async (_title, name, text) => {
    await fill(1, 2);
    const ledgers = connect();
    await ledgers.read('codex');
    await storageClient(server.endpoint, 'p').bucket('pins').file(name).save(text, { resumable: false });
    for (const reader of [ledgers, ledgers, connect()]) {
      await expect(reader.read('codex')).rejects.toMatchObject({ code: 'CORRUPT_RECORD', object: name });
    }
    await storageClient(server.endpoint, 'p').bucket('pins').file(name).delete();
    expect(await revisionsOf(ledgers)).toEqual([1, 2]);
  });

  it('orders names as numbers', () => {
    const revisions = [1, 9, 10, 99, 100, 9_999, 10_000, 99_999_999];
    const sorted = revisions.map((revision) => names.pin('codex', revision)).sort();
    expect(sorted).toEqual(revisions.map((revision) => names.pin('codex', revision)));
  });
});
