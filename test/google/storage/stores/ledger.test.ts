import type { Call } from '@pincast/emulators/faults';
import { type LocalStorage, startStorage } from '@pincast/emulators/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { names } from '#functions/core/records/object-names.ts';
import { storageClient } from '#functions/google/storage/client.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';
import { storageLedger } from '#functions/google/storage/stores/ledger.ts';
import type { Ledger } from '#functions/ports/ledger.ts';
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
function connect(): Ledger {
  return storageLedger(new JsonObjects(storageClient(server.endpoint, 'p'), 'pins'));
}

/** So many tenants that the record does not fit the metadata, and its body is read. */
const wide = Array.from({ length: 300 }, (_, index) => `a-tenant-with-a-rather-long-name-${index}`);

async function fill(from: number, to: number, overrides = {}): Promise<void> {
  const pins = connect();
  for (let revision = from; revision <= to; revision++) await pins.create(buildEntry(revision, overrides));
  calls = [];
}

function countOf(method: string): number {
  return calls.filter((call) => call.method === method).length;
}

const revisionsOf = async (pins: Ledger, runtime = 'codex') =>
  (await pins.list(runtime)).map(({ revision }) => revision);

describe('storageLedger', () => {
  it('lists only entries after the newest one it has read', async () => {
    await fill(1, 5);
    const pins = connect();
    expect(await revisionsOf(pins)).toEqual([1, 2, 3, 4, 5]);
    const bucket = storageClient(server.endpoint, 'p').bucket('pins');
    await bucket.file(names.pin('codex', 5)).save('a list of the whole ledger stops here', { resumable: false });
    await fill(6, 7);
    expect(await revisionsOf(pins)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(countOf('objects.list')).toBe(1);
    await expect(connect().list('codex')).rejects.toMatchObject({ object: names.pin('codex', 5) });
  });

  it('reads the body of an entry once', async () => {
    await fill(1, 3, { tenants: wide });
    const pins = connect();
    const [first] = await pins.list('codex');
    expect(first?.tenants).toEqual(wide);
    const gets = countOf('objects.get');
    expect(gets).toBeGreaterThan(0);
    expect(await revisionsOf(pins)).toEqual([1, 2, 3]);
    expect(countOf('objects.get')).toBe(gets);
  });

  it('keeps the ledgers of runtimes apart', async () => {
    await fill(1, 2);
    await fill(1, 3, { runtime: 'codex-next' });
    const pins = connect();
    expect(await revisionsOf(pins)).toEqual([1, 2]);
    expect(await revisionsOf(pins, 'codex-next')).toEqual([1, 2, 3]);
    expect(await revisionsOf(pins)).toEqual([1, 2]);
  });

  it('returns a new list to every caller', async () => {
    await fill(1, 2);
    const pins = connect();
    (await pins.list('codex')).length = 0;
    expect(await revisionsOf(pins)).toEqual([1, 2]);
  });

  it('returns every entry once if calls overlap', async () => {
    await fill(1, 5);
    const pins = connect();
    await Promise.all([pins.list('codex'), pins.list('codex')]);
    await fill(6, 9);
    const lists = await Promise.all([revisionsOf(pins), revisionsOf(pins), revisionsOf(pins)]);
    for (const list of [...lists, await revisionsOf(pins)]) expect(list).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('finds an entry that this process has created', async () => {
    await fill(1, 2);
    const pins = connect();
    await pins.list('codex');
    expect(await pins.create(buildEntry(3))).toBe('created');
    expect(await pins.create(buildEntry(3))).toBe('exists');
    expect(await revisionsOf(pins)).toEqual([1, 2, 3]);
  });

  it.each([
    ['is no record', 'codex/00000003.json', 'nonsense'],
    ['has the name of another revision', 'codex/00000003.json', JSON.stringify(buildEntry(4))],
    ['has the name of another runtime', 'codex/00000003.json', JSON.stringify(buildEntry(3, { runtime: 'other' }))],
  ])('stops the runtime at an object that %s, each time, and names it', async (_title, name, text) => {
    await fill(1, 2);
    const pins = connect();
    await pins.list('codex');
    await storageClient(server.endpoint, 'p').bucket('pins').file(name).save(text, { resumable: false });
    for (const reader of [pins, pins, connect()]) {
      await expect(reader.list('codex')).rejects.toMatchObject({ code: 'CORRUPT_RECORD', object: name });
    }
    await storageClient(server.endpoint, 'p').bucket('pins').file(name).delete();
    expect(await revisionsOf(pins)).toEqual([1, 2]);
  });

  it('orders names as numbers', () => {
    const revisions = [1, 9, 10, 99, 100, 9_999, 10_000, 99_999_999];
    const sorted = revisions.map((revision) => names.pin('codex', revision)).sort();
    expect(sorted).toEqual(revisions.map((revision) => names.pin('codex', revision)));
  });
});
