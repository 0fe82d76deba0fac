import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Call, Fault } from '@pincast/emulators/faults';
import { type LocalStorage, startStorage } from '@pincast/emulators/storage';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { objectSource, recordStore, sandboxStorage } from '#functions/google/sandbox/storage.ts';
import { storageClient } from '#functions/google/storage/client.ts';
import { StorageError } from '#functions/ports/sandbox.ts';

const IDENTITY = 'acme@project.iam.gserviceaccount.com';
const content = Buffer.from('0123456789');

let storage: LocalStorage;
let faults: Fault[] = [];
let faulty: (call: Call) => boolean = () => false;

beforeAll(async () => {
  storage = await startStorage({ faults: (call) => (faulty(call) ? faults.shift() : undefined) });
  const owner = storageClient(storage.endpoint, 'test');
  for (const bucket of ['acme-assignments', 'acme-receipts', 'acme-environments']) await owner.createBucket(bucket);
  const put = (bucket: string, object: string, body: string | Buffer) =>
    owner.bucket(bucket).file(object).save(body, { resumable: false });
  await put('acme-assignments', 'codex/acme.json', '{"mine":"ü"}');
  await put('acme-assignments', 'codex/globex.json', '{"theirs":true}');
  await put('acme-environments', 'codex/1.tar', content);
  const grant = (bucket: string, prefix: string, permission: 'storage.objects.get' | 'storage.objects.create') =>
    storage.grant({ identity: IDENTITY, bucket, prefix, permissions: [permission] });
  grant('acme-assignments', 'codex/acme.json', 'storage.objects.get');
  grant('acme-environments', 'codex/', 'storage.objects.get');
  grant('acme-receipts', 'acme/', 'storage.objects.create');
});
afterAll(() => storage.close());

/** As a tenant's sandbox: this identity may get what it needs, and list nothing. */
const tenant = () => sandboxStorage(storage.endpointFor(IDENTITY));
const faultOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

async function bytesOf(start: number, end: number | null, generation: string | null): Promise<string> {
  const chunks: Buffer[] = [];
  const source = tenant().openObject({ bucket: 'acme-environments', object: 'codex/1.tar' });
  const sink = { begin: () => undefined, take: (chunk: Uint8Array) => void chunks.push(Buffer.from(chunk)) };
  await source.read({ generation, bytes: null, contentEncoding: null }, { start, end }, sink);
  return Buffer.concat(chunks).toString();
}

/** Requests of the server that are never answered in full: a byte comes every 10 ms. */
async function slowRecords(slow: number, answer: { status: number; body: string }) {
  let requests = 0;
  const server = createServer((request, response) => {
    request.resume();
    if (++requests > slow) return void response.writeHead(answer.status).end(answer.body);
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), 10);
    response.once('close', () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return recordStore(storageClient(endpoint, 'test'), IMPATIENT);
}

const IMPATIENT = { retries: 1, firstDelayMs: 1, maxDelayMs: 1, timeoutMs: 200 };

describe('recordStore with a server that answers a byte at a time', () => {
  it('gives up reads and writes after the last timeout', async () => {
    const records = await slowRecords(Number.POSITIVE_INFINITY, { status: 500, body: '' });
    const unavailable = { kind: 'unavailable', message: expect.stringContaining('no answer within 200 ms') };
    expect(await faultOf(records.read('bucket', 'object'))).toMatchObject(unavailable);
    expect(await faultOf(records.create('bucket', 'object', '{}', {}))).toMatchObject(unavailable);
  });

  it('reads a record over another connection', async () => {
    const records = await slowRecords(1, { status: 200, body: '{"a":1}' });
    expect(await records.read('bucket', 'object')).toBe('{"a":1}');
  });

  it('returns presumed if the unanswered attempt may have created the object', async () => {
    const records = await slowRecords(1, { status: 412, body: '{}' });
    expect(await records.create('bucket', 'object', '{}', {})).toBe('presumed');
  });
});

describe('recordStore.read', () => {
  it('returns a record as it is stored', async () => {
    expect(await tenant().records.read('acme-assignments', 'codex/acme.json')).toBe('{"mine":"ü"}');
  });

  it.each(['codex/globex.json', 'codex/stranger.json'])(
    'throws missing for an object that this account may not read: %s',
    async (object) => {
      const fault = await faultOf(tenant().records.read('acme-assignments', object));
      expect(fault).toBeInstanceOf(StorageError);
      expect(fault).toMatchObject({
        kind: 'missing',
        message: expect.stringContaining(`gs://acme-assignments/${object}`),
      });
    },
  );

  it('retries after 503 and a reset', async () => {
    faulty = ({ method }) => method === 'objects.get';
    faults = [{ kind: 'status', status: 503 }, { kind: 'reset' }];
    expect(await tenant().records.read('acme-assignments', 'codex/acme.json')).toContain('mine');
    expect(faults).toEqual([]);
  });
});

describe('recordStore.create', () => {
  const create = (object: string) => tenant().records.create('acme-receipts', object, '{"a":1}', { record: '{"a":1}' });

  it('creates a receipt once, with its metadata', async () => {
    expect(await create('acme/x/1.json')).toBe('created');
    expect(await create('acme/x/1.json')).toBe('taken');
    const file = storageClient(storage.endpoint, 'test').bucket('acme-receipts').file('acme/x/1.json');
    const [metadata] = await file.getMetadata();
    expect(metadata).toMatchObject({ contentType: 'application/json', metadata: { record: '{"a":1}' } });
  });

  it('returns presumed after a lost answer, because the object may be its own', async () => {
    faulty = ({ method }) => method === 'objects.insert';
    faults = [{ kind: 'lost-response' }];
    expect(await create('acme/x/2.json')).toBe('presumed');
  });

  it('returns taken if no attempt of this call was accepted', async () => {
    await create('acme/x/3.json');
    faulty = ({ method }) => method === 'objects.insert';
    faults = [{ kind: 'status', status: 429 }];
    expect(await create('acme/x/3.json')).toBe('taken');
  });

  it('throws missing in another tenant’s folder', async () => {
    expect(await faultOf(create('globex/x/1.json'))).toMatchObject({ kind: 'missing' });
  });
});

describe('ObjectSource', () => {
  it('reads ranges of the generation that it saw', async () => {
    const source = tenant().openObject({ bucket: 'acme-environments', object: 'codex/1.tar' });
    const stat = await source.stat();
    expect(stat).toEqual({ generation: expect.stringMatching(/^\d+$/), bytes: 10, contentEncoding: null });
    expect(source.givesRanges).toBe(true);
    expect(await bytesOf(0, null, stat.generation)).toBe('0123456789');
    expect(await bytesOf(4, null, stat.generation)).toBe('456789');
    expect(await bytesOf(4, 7, stat.generation)).toBe('456');
  });

  it('gives up a metadata server that brings no token', async () => {
    const client = storageClient(undefined, 'test');
    client.authClient.getRequestHeaders = () => new Promise(() => undefined);
    const source = objectSource(client, { bucket: 'acme-environments', object: 'codex/1.tar' }, IMPATIENT);
    const sink = { begin: () => undefined, take: () => undefined };
    const stat = { generation: null, bytes: null, contentEncoding: null };
    const fault = await faultOf(source.read(stat, { start: 0, end: null }, sink));
    expect(fault).toMatchObject({ code: 'ETIMEDOUT' });
  });

  it('throws missing if the generation is gone', async () => {
    expect(await faultOf(bytesOf(0, null, '1'))).toMatchObject({ kind: 'missing' });
  });
});

describe('ObjectUpload', () => {
  const archive = {
    bytes: 10,
    chunks: async function* () {
      yield content;
    },
    close: () => undefined,
  };

  it('creates the archive once, and returns presumed after a lost answer', async () => {
    const put = (object: string) => tenant().openUpload({ bucket: 'acme-receipts', object });
    expect(await put('acme/r/1').put(archive)).toBe('created');
    expect(await put('acme/r/1').put(archive)).toBe('taken');
    const again = put('acme/r/2');
    faulty = ({ method }) => method === 'objects.insert';
    faults = [{ kind: 'lost-response' }];
    expect(await faultOf(again.put(archive))).toMatchObject({ kind: 'unavailable' });
    expect(await again.put(archive)).toBe('presumed');
  });
});
