import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { call, insertMedia, insertMultipart, objectUrl } from './raw-calls.ts';
import { startWithBucket, temporaryFolder } from './start-test-storage.ts';

const md5 = (text: string) => createHash('md5').update(text).digest('base64');

test('a simple media upload keeps its content type and gets both hashes', async () => {
  const { server } = await startWithBucket();
  const { status, json } = await insertMedia(server.endpoint, 'a/b c?.txt', '123456789');
  expect(status).toBe(200);
  expect(json).toMatchObject({ name: 'a/b c?.txt', contentType: 'text/plain', md5Hash: md5('123456789') });
  // The check value of CRC-32C over "123456789" is e3069283.
  expect(json.crc32c).toBe(Buffer.from('e3069283', 'hex').toString('base64'));
});

test('a multipart upload takes its name from the resource and its type from the media part', async () => {
  const { server } = await startWithBucket();
  const { json } = await insertMultipart(server.endpoint, { name: 'm', metadata: { k: 'v' } }, 'a\r\n--front\r\nb');
  expect(json).toMatchObject({ name: 'm', contentType: 'text/plain', metadata: { k: 'v' } });
  const { text } = await call(objectUrl(server.endpoint, 'm', '?alt=media'));
  expect(text).toBe('a\r\n--front\r\nb');
});

test('a multipart upload with bare line feeds and a quoted boundary, as gcloud sends, works', async () => {
  const { server } = await startWithBucket();
  const body =
    '--==1==\nContent-Type: application/json\n\n{"name":"g"}\n--==1==\nContent-Type: text/x\n\nby\r\ntes\n--==1==--';
  const headers = { 'Content-Type': "multipart/related; boundary='==1=='" };
  const url = `${server.endpoint}/upload/storage/v1/b/pins/o?uploadType=multipart`;
  expect((await call(url, { method: 'POST', body, headers })).json).toMatchObject({ name: 'g', contentType: 'text/x' });
  expect((await call(objectUrl(server.endpoint, 'g', '?alt=media'))).text).toBe('by\r\ntes');
});

test.each([
  ['md5Hash', { md5Hash: md5('other') }],
  ['crc32c', { crc32c: 'AAAAAA==' }],
])('a wrong %s is refused with 400 and stores nothing', async (_name, hashes) => {
  const { server, bucket } = await startWithBucket();
  const { status, json } = await insertMultipart(server.endpoint, { name: 'm', ...hashes }, 'bytes');
  expect(status).toBe(400);
  expect(json.error.errors[0]).toMatchObject({ reason: 'invalid', domain: 'global' });
  expect(json.error.message).toContain("doesn't match calculated");
  expect(await bucket.file('m').exists()).toEqual([false]);
});

test('the right md5Hash and crc32c are accepted', async () => {
  const { server } = await startWithBucket();
  const resource = { name: 'm', md5Hash: md5('123456789'), crc32c: '4waSgw==' };
  expect((await insertMultipart(server.endpoint, resource, '123456789')).status).toBe(200);
});

test.each([
  ['a name of 1,025 bytes', `${'é'.repeat(512)}x`],
  ['a name with a line break', 'a\nb'],
  ['an empty name', ''],
])('%s is refused with 400', async (_title, name) => {
  const { server, bucket } = await startWithBucket();
  const { status, json } = await insertMedia(server.endpoint, name, 'x');
  expect(status).toBe(400);
  expect(json.error.code).toBe(400);
  expect((await bucket.getFiles())[0]).toEqual([]);
});

test('a name of exactly 1,024 bytes is accepted', async () => {
  const { server } = await startWithBucket();
  expect((await insertMedia(server.endpoint, 'é'.repeat(512), 'x')).status).toBe(200);
});

test('custom metadata of more than 8 KiB is refused with 400, on insert and on patch', async () => {
  const { server, bucket } = await startWithBucket();
  const metadata = { k: 'v'.repeat(8 * 1024) };
  expect((await insertMultipart(server.endpoint, { name: 'm', metadata }, 'x')).status).toBe(400);
  expect(await bucket.file('m').exists()).toEqual([false]);
  expect((await insertMultipart(server.endpoint, { name: 'm', metadata: { k: 'v'.repeat(8191) } }, 'x')).status).toBe(
    200,
  );
  const patch = { method: 'PATCH', body: JSON.stringify({ metadata: { l: 'v' } }) };
  expect((await call(objectUrl(server.endpoint, 'm'), patch)).status).toBe(400);
  expect((await bucket.file('m').getMetadata())[0].metageneration).toBe('1');
});

test('a multipart body without its closing boundary is refused with 400 and stores nothing', async () => {
  const { server, bucket } = await startWithBucket();
  const body =
    '--f\r\nContent-Type: application/json\r\n\r\n{"name":"m"}\r\n--f\r\nContent-Type: text/plain\r\n\r\nhalf';
  const headers = { 'Content-Type': 'multipart/related; boundary=f' };
  const url = `${server.endpoint}/upload/storage/v1/b/pins/o?uploadType=multipart`;
  expect((await call(url, { method: 'POST', body, headers })).status).toBe(400);
  expect(await bucket.file('m').exists()).toEqual([false]);
});

test('an upload whose connection breaks midway leaves no object and no file', async () => {
  const stateDir = await temporaryFolder();
  const { server, bucket } = await startWithBucket({ stateDir });
  const socket = connect(Number(new URL(server.endpoint).port), '127.0.0.1');
  socket.write(
    'POST /upload/storage/v1/b/pins/o?uploadType=media&name=half HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n',
  );
  socket.write(Buffer.alloc(600_000));
  await vi.waitFor(() => expect(readdirSync(join(stateDir, 'unfinished'))).toHaveLength(1), { timeout: 5000 });
  socket.destroy();
  await vi.waitFor(() => expect(readdirSync(join(stateDir, 'unfinished'))).toEqual([]), { timeout: 5000 });
  expect(await bucket.file('half').exists()).toEqual([false]);
  expect(blobsIn(stateDir)).toBe(0);
});

test('a refused write and an overwritten object leave no bytes on disk', async () => {
  const stateDir = await temporaryFolder();
  const { bucket } = await startWithBucket({ stateDir });
  const preconditionOpts = { ifGenerationMatch: 0 };
  for (const resumable of [false, true]) {
    const race = Array.from({ length: 10 }, () =>
      bucket.file(`a-${resumable}`).save('x', { resumable, preconditionOpts }),
    );
    await Promise.allSettled(race);
    await bucket.file('b').save('again', { resumable });
  }
  await vi.waitFor(() => expect(blobsIn(stateDir)).toBe(3));
  expect(readdirSync(join(stateDir, 'unfinished'))).toEqual([]);
});

function blobsIn(stateDir: string): number {
  const entries = readdirSync(join(stateDir, 'blobs'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}

test('an upload to a bucket that does not exist answers 404', async () => {
  const { server } = await startWithBucket({}, 'others');
  const { status, json } = await insertMedia(server.endpoint, 'a', 'x');
  expect(status).toBe(404);
  expect(json.error.message).toBe('The specified bucket does not exist.');
});

test('past objectWritesPerSecond a write answers 429 and changes nothing', async () => {
  const { server } = await startWithBucket({ objectWritesPerSecond: 1, now: () => new Date(1_700_000_000_000) });
  expect((await insertMedia(server.endpoint, 'a', 'first')).status).toBe(200);
  const refused = await insertMedia(server.endpoint, 'a', 'second');
  expect(refused.status).toBe(429);
  expect(refused.json.error.errors[0]).toMatchObject({ reason: 'rateLimitExceeded', domain: 'usageLimits' });
  expect((await call(objectUrl(server.endpoint, 'a', '?alt=media'))).text).toBe('first');
  expect((await insertMedia(server.endpoint, 'b', 'x')).status).toBe(200);
});
