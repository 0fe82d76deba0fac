import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { call, insertMedia, objectUrl } from './raw-calls.ts';
import { startWithBucket, temporaryFolder } from './start-test-storage.ts';

test('a download carries hash, generation and length', async () => {
  const { server } = await startWithBucket();
  const { json } = await insertMedia(server.endpoint, 'a', '123456789');
  const { status, headers } = await call(objectUrl(server.endpoint, 'a', '?alt=media'));
  expect(status).toBe(200);
  expect(headers.get('x-goog-hash')).toBe(`crc32c=4waSgw==,md5=${json.md5Hash}`);
  expect(headers.get('x-goog-generation')).toBe(json.generation);
  expect(headers.get('x-goog-stored-content-encoding')).toBe('identity');
  expect(headers.get('content-length')).toBe('9');
});

test('the mediaLink of an object leads to its bytes', async () => {
  const { server } = await startWithBucket();
  const { json } = await insertMedia(server.endpoint, 'a/b', 'linked');
  expect((await call(String(json.mediaLink))).text).toBe('linked');
  expect((await call(String(json.selfLink))).json.id).toBe(json.id);
});

test.each([
  ['bytes=0-3', 206, '1234', 'bytes 0-3/9'],
  ['bytes=4-', 206, '56789', 'bytes 4-8/9'],
  ['bytes=-2', 206, '89', 'bytes 7-8/9'],
  ['bytes=5-99', 206, '6789', 'bytes 5-8/9'],
  ['bytes=9-', 416, undefined, 'bytes */9'],
  ['bytes=0-1,3-4', 200, '123456789', null],
  ['pages=1', 200, '123456789', null],
])('Range %s answers %i', async (range, status, wanted, contentRange) => {
  const { server } = await startWithBucket();
  await insertMedia(server.endpoint, 'a', '123456789');
  const answer = await call(objectUrl(server.endpoint, 'a', '?alt=media'), { headers: { Range: range } });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-range')).toBe(contentRange);
  if (wanted !== undefined) expect(answer.text).toBe(wanted);
  else expect(answer.json.error.errors[0]?.reason).toBe('requestedRangeNotSatisfiable');
});

test("the client's ranges work", async () => {
  const { bucket } = await startWithBucket();
  await bucket.file('a').save('123456789', { resumable: false });
  expect((await bucket.file('a').download({ start: 2, end: 4 }))[0].toString()).toBe('345');
  expect((await bucket.file('a').download({ end: -3 }))[0].toString()).toBe('789');
});

function get(url: string, headers: Record<string, string>) {
  return new Promise<{ headers: Record<string, unknown>; status: number | undefined; body: Buffer }>(
    (resolve, reject) => {
      request(url, { headers }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve({ headers: response.headers, status: response.statusCode, body: Buffer.concat(chunks) });
      })
        .on('error', reject)
        .end();
    },
  );
}

test('a gzip object is decompressed for clients without gzip, and Range is ignored', async () => {
  const { server, bucket } = await startWithBucket();
  const zipped = gzipSync('plain text');
  await bucket.file('z').save(zipped, { resumable: false, metadata: { contentEncoding: 'gzip' } });
  const url = objectUrl(server.endpoint, 'z', '?alt=media');

  const unzipped = await get(url, { Range: 'bytes=0-3' });
  expect([unzipped.status, unzipped.body.toString()]).toEqual([200, 'plain text']);
  expect(unzipped.headers['content-encoding']).toBeUndefined();
  expect(unzipped.headers['x-goog-stored-content-encoding']).toBe('gzip');

  const refusedGzip = await get(url, { 'Accept-Encoding': 'br, gzip;q=0' });
  expect(refusedGzip.body.toString()).toBe('plain text');

  const stored = await get(url, { 'Accept-Encoding': 'gzip' });
  expect(stored.headers['content-encoding']).toBe('gzip');
  expect(stored.body.equals(zipped)).toBe(true);
  expect(gunzipSync(stored.body).toString()).toBe('plain text');

  expect((await bucket.file('z').download())[0].toString()).toBe('plain text');
  expect((await bucket.file('z').download({ decompress: false }))[0].equals(zipped)).toBe(true);
});

test('invalid gzip bytes end the answer, and the server continues', async () => {
  const { server, bucket } = await startWithBucket();
  await bucket.file('z').save('not gzip', { resumable: false, metadata: { contentEncoding: 'gzip' } });
  await expect(get(objectUrl(server.endpoint, 'z', '?alt=media'), {})).rejects.toThrow();
  expect(await bucket.file('z').exists()).toEqual([true]);
});

test('an overwritten generation answers 404 without versioning, and its bytes with it', async () => {
  const { server, bucket } = await startWithBucket();
  const old = (await insertMedia(server.endpoint, 'a', 'old')).json.generation;
  await insertMedia(server.endpoint, 'a', 'new');
  expect((await call(objectUrl(server.endpoint, 'a', `?alt=media&generation=${old}`))).status).toBe(404);

  await bucket.setMetadata({ versioning: { enabled: true } });
  const kept = (await bucket.file('a').getMetadata())[0].generation;
  await insertMedia(server.endpoint, 'a', 'newest');
  const [bytes] = await bucket.file('a', { generation: Number(kept) }).download();
  expect(bytes.toString()).toBe('new');

  await bucket.file('a').delete();
  expect((await call(objectUrl(server.endpoint, 'a'))).status).toBe(404);
  const [versions] = await bucket.getFiles({ versions: true });
  expect(versions.map((file) => file.metadata.size)).toEqual(['3', '6']);
  await call(objectUrl(server.endpoint, 'a', `?generation=${kept}`), { method: 'DELETE' });
  expect((await bucket.getFiles({ versions: true }))[0]).toHaveLength(1);
});

test('the bytes being sent are not changed by an overwrite', async () => {
  const stateDir = await temporaryFolder();
  const { server, bucket } = await startWithBucket({ stateDir });
  await bucket.file('a').save(Buffer.alloc(8_000_000, 'a'), { resumable: false });
  const reading = await fetch(objectUrl(server.endpoint, 'a', '?alt=media'));
  await insertMedia(server.endpoint, 'a', 'b');
  expect(await text(reading.body as never)).toBe('a'.repeat(8_000_000));
});
