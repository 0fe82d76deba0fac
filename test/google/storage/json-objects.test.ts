import type { Call, Fault } from '@pincast/emulators/faults';
import { type LocalStorage, startStorage } from '@pincast/emulators/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RECORD_KEY } from '#functions/core/records/codec.ts';
import { storageClient } from '#functions/google/storage/client.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';

let server: LocalStorage;
let objects: JsonObjects;
let faults: (Fault | undefined)[];
let calls: Call[];
let onlyMethod: string;

beforeEach(async () => {
  faults = [];
  calls = [];
  onlyMethod = '';
  server = await startStorage({
    faults: (call) => {
      calls.push(call);
      return call.method === onlyMethod ? faults.shift() : undefined;
    },
  });
  const client = storageClient(server.endpoint, 'p');
  await client.createBucket('bucket');
  objects = new JsonObjects(client, 'bucket');
  calls = [];
});
afterEach(() => server.close());

function failing(method: string, ...next: Fault[]): void {
  onlyMethod = method;
  faults = next;
}

/** Creates small records by plain requests, which cost a fraction of the client's. */
async function plant(names: readonly string[]): Promise<void> {
  const url = `${server.endpoint}/upload/storage/v1/b/bucket/o?uploadType=multipart`;
  const part = (type: string, body: string) => `--cut\r\ncontent-type: ${type}\r\n\r\n${body}\r\n`;
  for (const name of names) {
    const text = JSON.stringify({ name });
    const metadata = JSON.stringify({ name, metadata: { [RECORD_KEY]: text } });
    const body = `${part('application/json', metadata)}${part('application/json', text)}--cut--`;
    const headers = { 'content-type': 'multipart/related; boundary=cut' };
    const { status } = await fetch(url, { method: 'POST', headers, body });
    expect(status).toBe(200);
  }
}

const stored = async (name: string) => (await objects.read(name))?.value;
const large = { text: 'x'.repeat(20_000) };

describe('replaceContended', () => {
  const inserts = () => calls.filter(({ method }) => method === 'objects.insert').length;

  it('returns conflict after one 429, because another process has just written', async () => {
    const first = await objects.replaceContended('a.json', { n: 1 }, '0');
    failing('objects.insert', { kind: 'status', status: 429 });
    const before = inserts();
    const generation = first === 'conflict' ? '' : first.generation;
    expect(await objects.replaceContended('a.json', { n: 2 }, generation)).toBe('conflict');
    expect(inserts() - before).toBe(1);
    expect(await stored('a.json')).toBe('{"n":1}');
  });

  it('recognizes its own write after a lost answer and a 429', async () => {
    failing('objects.insert', { kind: 'lost-response' }, { kind: 'status', status: 429 });
    const written = await objects.replaceContended('a.json', { n: 1 }, '0');
    expect(written).toEqual({ generation: (await objects.read('a.json'))?.generation });
    expect(faults).toEqual([]);
  });
});

describe('create', () => {
  it('writes body and metadata once, and says exists the second time', async () => {
    expect(await objects.create('a.json', { n: 1 })).toEqual({ generation: expect.stringMatching(/^\d+$/) });
    expect(await objects.create('a.json', { n: 2 })).toBe('exists');
    expect(await stored('a.json')).toBe('{"n":1}');
    const body = await fetch(`${server.endpoint}/storage/v1/b/bucket/o/a.json?alt=media`);
    expect(await body.text()).toBe('{"n":1}');
  });

  it.each<[string, Fault]>([
    ['a 503', { kind: 'status', status: 503 }],
    ['a 429', { kind: 'status', status: 429 }],
    ['a reset connection', { kind: 'reset' }],
    ['a lost answer', { kind: 'lost-response' }],
  ])('retries after %s, and recognizes its own earlier write', async (_title, fault) => {
    failing('objects.insert', fault);
    const created = await objects.create('a.json', { n: 1 });
    expect(created).toEqual({ generation: (await objects.read('a.json'))?.generation });
    expect(faults).toEqual([]);
  });

  it('returns exists for another process’s object after a 412', async () => {
    await objects.create('a.json', { n: 2 });
    failing('objects.insert', { kind: 'status', status: 503 });
    expect(await objects.create('a.json', { n: 1 })).toBe('exists');
    expect(await stored('a.json')).toBe('{"n":2}');
  });

  it('returns exists for another process’s object with the same content', async () => {
    await objects.create('a.json', { n: 1 });
    failing('objects.insert', { kind: 'status', status: 503 });
    expect(await objects.create('a.json', { n: 1 })).toBe('exists');
  });

  it('lets one of fifty concurrent creators win', async () => {
    const created = await Promise.all(Array.from({ length: 50 }, (_, n) => objects.create('a.json', { n })));
    const winners = created.flatMap((result, n) => (result === 'exists' ? [] : [n]));
    expect(winners).toHaveLength(1);
    expect(await stored('a.json')).toBe(JSON.stringify({ n: winners[0] }));
  });

  it('does not retry a permanent error', async () => {
    failing('objects.insert', { kind: 'status', status: 403 });
    await expect(objects.create('a.json', {})).rejects.toMatchObject({ code: 403 });
    expect(calls).toHaveLength(1);
    expect(await stored('a.json')).toBeUndefined();
  });
});

describe('replace', () => {
  it('writes over the generation that was read, and over no other', async () => {
    const first = await objects.create('a.json', { n: 1 });
    if (first === 'exists') throw new Error('unexpected');
    const second = await objects.replace('a.json', { n: 2 }, first.generation);
    expect(second).not.toBe('conflict');
    expect(await objects.replace('a.json', { n: 3 }, first.generation)).toBe('conflict');
    expect(await stored('a.json')).toBe('{"n":2}');
  });

  it('recognizes its own write after a lost response', async () => {
    const first = await objects.create('a.json', { n: 1 });
    if (first === 'exists') throw new Error('unexpected');
    failing('objects.insert', { kind: 'lost-response' });
    expect(await objects.replace('a.json', { n: 2 }, first.generation)).toEqual({
      generation: (await objects.read('a.json'))?.generation,
    });
    expect(await stored('a.json')).toBe('{"n":2}');
  });
});

describe('read', () => {
  it('reads a record that fits the metadata by one call', async () => {
    await objects.create('a.json', { n: 1 });
    calls = [];
    await objects.read('a.json');
    expect(calls.map(({ method }) => method)).toEqual(['objects.get']);
  });

  it('reads the body of a record that is too large for the metadata', async () => {
    await objects.create('a.json', large);
    expect(await stored('a.json')).toBe(JSON.stringify(large));
    const metadata = await fetch(`${server.endpoint}/storage/v1/b/bucket/o/a.json`);
    expect(((await metadata.json()) as { metadata: object }).metadata).not.toHaveProperty(RECORD_KEY);
  });

  it('reads again if the object was replaced between metadata and body', async () => {
    const first = await objects.create('a.json', large);
    if (first === 'exists') throw new Error('unexpected');
    const newer = { text: 'y'.repeat(20_000) };
    failing('objects.get', { kind: 'delay', milliseconds: 0 }, { kind: 'delay', milliseconds: 150 });
    const reading = objects.read('a.json');
    const gets = () => calls.filter(({ method }) => method === 'objects.get').length;
    await expect.poll(gets, { timeout: 60_000 }).toBe(2);
    await objects.replace('a.json', newer, first.generation);
    const read = await reading;
    expect([JSON.stringify(large), JSON.stringify(newer)]).toContain(read?.value);
  });

  it('returns undefined for an absent object', async () => {
    expect(await objects.read('nothing.json')).toBeUndefined();
  });

  it.each<[string, Fault]>([
    ['a 503 in a streamed body', { kind: 'status', status: 503 }],
    ['a body that breaks off', { kind: 'truncate', bytes: 100 }],
    ['a reset connection', { kind: 'reset' }],
  ])('retries after %s', async (_title, fault) => {
    await objects.create('a.json', large);
    failing('objects.get', { kind: 'delay', milliseconds: 0 }, fault);
    expect(await stored('a.json')).toBe(JSON.stringify(large));
    expect(faults).toEqual([]);
  });
});

describe('list', () => {
  it('returns 2,500 records in three calls, large ones included', async () => {
    const names = Array.from({ length: 2500 }, (_, n) => `t/${String(n).padStart(4, '0')}.json`);
    await plant(names);
    await objects.create('t/9999.json', large);
    await objects.create('other/1.json', {});
    calls = [];
    const listed = await objects.list('t/', (object) => object);
    expect(listed.map(({ name }) => name)).toEqual([...names, 't/9999.json']);
    expect(listed.at(-1)?.text).toBe(JSON.stringify(large));
    expect(calls.filter(({ method }) => method === 'objects.list')).toHaveLength(3);
    expect(calls.filter(({ method }) => method === 'objects.get')).toHaveLength(1);
  });

  it('skips the folders that the console makes', async () => {
    await storageClient(server.endpoint, 'p').bucket('bucket').file('t/').save('', { resumable: false });
    await objects.create('t/1.json', { n: 1 });
    expect(await objects.list('t/', ({ name }) => name)).toEqual(['t/1.json']);
    expect(await objects.names('t/')).toEqual(['t/1.json']);
  });

  it('retries a page that fails', async () => {
    await objects.create('t/1.json', { n: 1 });
    failing('objects.list', { kind: 'status', status: 503 }, { kind: 'reset' });
    expect(await objects.list('t/', ({ text }) => text)).toEqual(['{"n":1}']);
  });
});

describe('delete', () => {
  it('deletes the generation that was read, and no other', async () => {
    const first = await objects.create('a.json', { n: 1 });
    if (first === 'exists') throw new Error('unexpected');
    await objects.replace('a.json', { n: 2 }, first.generation);
    expect(await objects.delete('a.json', first.generation)).toBe('conflict');
    expect(await stored('a.json')).toBe('{"n":2}');
    const current = await objects.read('a.json');
    expect(await objects.delete('a.json', current?.generation ?? '')).toBe('deleted');
    expect(await stored('a.json')).toBeUndefined();
  });

  it('recognizes its own deletion after a lost response', async () => {
    const first = await objects.create('a.json', { n: 1 });
    if (first === 'exists') throw new Error('unexpected');
    failing('objects.delete', { kind: 'lost-response' });
    expect(await objects.delete('a.json', first.generation)).toBe('deleted');
  });
});
