import { createHash } from 'node:crypto';
import type { Call, Fault } from '@pincast/emulators/faults';
import { type LocalStorage, startStorage } from '@pincast/emulators/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storageClient } from '#functions/google/storage/client.ts';
import { storageEnvironmentUploads } from '#functions/google/storage/environment-uploads.ts';
import { storageRetries } from '#functions/google/storage/retry.ts';

const location = { bucket: 'environments', object: `codex/${'a'.repeat(64)}.tar.gz` };
const content = Buffer.alloc(3_000_000, 'environment');
const contentType = 'application/gzip';

let server: LocalStorage;
let fault: (call: Call) => Fault | undefined;

beforeEach(async () => {
  fault = () => undefined;
  server = await startStorage({ faults: (call) => fault(call) });
  await storageClient(server.endpoint, 'p').createBucket(location.bucket);
});
afterEach(() => server.close());

function file() {
  return storageClient(server.endpoint, 'p').bucket(location.bucket).file(location.object);
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += 1_000_000) yield bytes.subarray(start, start + 1_000_000);
}

function upload(bytes: Buffer, read: () => AsyncIterable<Buffer> = () => pieces(bytes), retries = storageRetries) {
  const md5 = createHash('md5').update(bytes).digest('base64');
  return storageEnvironmentUploads(storageClient(server.endpoint, 'p'), retries).create({
    location,
    contentType,
    md5,
    read,
  });
}

describe('uploadEnvironment', () => {
  it('stores the bytes unchanged, without a contentEncoding', async () => {
    expect(await upload(content)).toBe('created');
    const [metadata] = await file().getMetadata();
    expect(metadata).toMatchObject({ contentType, size: String(content.length) });
    expect(metadata.contentEncoding).toBeUndefined();
    const [stored] = await file().download();
    expect(stored.equals(content)).toBe(true);
  });

  it('never replaces an object', async () => {
    await upload(content);
    expect(await upload(Buffer.from('other bytes'))).toBe('exists');
    const [stored] = await file().download();
    expect(stored.equals(content)).toBe(true);
  });

  it('stores nothing if the bytes do not match the announced digest', async () => {
    const truncated = () => pieces(content.subarray(0, 2_000_000));
    await expect(upload(content, truncated)).rejects.toMatchObject({
      code: 400,
      message: expect.stringMatching(/md5/i),
    });
    expect(await file().exists()).toEqual([false]);
  });

  it('stores nothing if reading fails on the way', async () => {
    const failing = async function* () {
      yield content.subarray(0, 2_000_000);
      throw new Error('the disk is gone');
    };
    await expect(upload(content, failing)).rejects.toThrow('the disk is gone');
    expect(await file().exists()).toEqual([false]);
  });

  it.each<[number, Fault]>([
    [1, { kind: 'status', status: 503 }],
    [2, { kind: 'status', status: 503 }],
    [1, { kind: 'reset' }],
    [2, { kind: 'reset' }],
    [2, { kind: 'status', status: 429 }],
  ])('restarts the upload when request %i meets %j', async (failing, met) => {
    let requests = 0;
    fault = () => (++requests === failing ? met : undefined);
    expect(await upload(content)).toBe('created');
    expect(requests).toBeGreaterThan(failing);
    const [stored] = await file().download();
    expect(stored.equals(content)).toBe(true);
  });

  it('returns exists after a lost last answer, because the preflight hashes the object anyway', async () => {
    let requests = 0;
    fault = () => (++requests === 2 ? { kind: 'lost-response' } : undefined);
    expect(await upload(content)).toBe('exists');
    const [stored] = await file().download();
    expect(stored.equals(content)).toBe(true);
  });

  it('throws an error without the upload’s secret id', async () => {
    let requests = 0;
    fault = () => (++requests === 2 ? { kind: 'reset' } : undefined);
    const error = await upload(content, undefined, { ...storageRetries, retries: 0 }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'ECONNRESET', message: expect.stringContaining('upload_id=…') });
    expect(await file().exists()).toEqual([false]);
  });
});
