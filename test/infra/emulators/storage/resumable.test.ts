import { connect } from 'node:net';
import { expect, test, vi } from 'vitest';
import { call, insertMedia, objectUrl } from './raw-calls.ts';
import { startWithBucket } from './start-test-storage.ts';

const QUANTUM = 256 * 1024;

async function start(
  endpoint: string,
  name: string,
  query = '',
  headers: Record<string, string> = {},
): Promise<string> {
  const url = `${endpoint}/upload/storage/v1/b/pins/o?uploadType=resumable&name=${name}${query}`;
  const answer = await call(url, { method: 'POST', body: '{"contentType":"text/plain"}', headers });
  expect(answer.status).toBe(200);
  return answer.headers.get('location') as string;
}

const put = (url: string, body: string | Uint8Array<ArrayBuffer>, range?: string) =>
  call(url, { method: 'PUT', body, headers: range ? { 'Content-Range': range } : {} });

test('chunks answer 308 with the stored range, and the last one creates the object', async () => {
  const { server } = await startWithBucket();
  const url = await start(server.endpoint, 'big');
  const chunk = new Uint8Array(QUANTUM).fill(97);

  const first = await put(url, chunk, `bytes 0-${QUANTUM - 1}/*`);
  expect([first.status, first.headers.get('range')]).toEqual([308, `bytes=0-${QUANTUM - 1}`]);
  expect((await call(objectUrl(server.endpoint, 'big'))).status).toBe(404);

  const last = await put(url, 'end', `bytes ${QUANTUM}-${QUANTUM + 2}/${QUANTUM + 3}`);
  expect(last.status).toBe(200);
  expect(last.json).toMatchObject({ name: 'big', size: String(QUANTUM + 3), contentType: 'text/plain' });
});

test('a client with X-GUploader-No-308 gets 200 with 308 in a header until the last chunk', async () => {
  const { server } = await startWithBucket();
  const url = await start(server.endpoint, 'go', '', { 'X-GUploader-No-308': 'yes' });
  const send = (body: string | Uint8Array<ArrayBuffer>, range: string) =>
    call(url, { method: 'PUT', body, headers: { 'Content-Range': range, 'X-GUploader-No-308': 'yes' } });
  const shown = ({ status, headers }: Awaited<ReturnType<typeof send>>) => [
    status,
    headers.get('x-http-status-code-override'),
    headers.get('range'),
  ];

  expect(shown(await send('', 'bytes */*'))).toEqual([200, '308', null]);
  const first = await send(new Uint8Array(QUANTUM), `bytes 0-${QUANTUM - 1}/*`);
  expect(shown(first)).toEqual([200, '308', `bytes=0-${QUANTUM - 1}`]);
  expect((await call(objectUrl(server.endpoint, 'go'))).status).toBe(404);

  const last = await send('end', `bytes ${QUANTUM}-${QUANTUM + 2}/${QUANTUM + 3}`);
  expect(shown(last)).toEqual([200, null, null]);
  expect(last.json).toMatchObject({ name: 'go', size: String(QUANTUM + 3) });
});

test('a chunk is stored up to the last multiple of 256 KiB, and the client resends the rest', async () => {
  const { server } = await startWithBucket();
  const url = await start(server.endpoint, 'odd');
  const bytes = new Uint8Array(QUANTUM + 10).map((_, index) => index % 251);
  const first = await put(url, bytes, `bytes 0-${QUANTUM + 9}/*`);
  expect(first.headers.get('range')).toBe(`bytes=0-${QUANTUM - 1}`);
  const last = await put(url, bytes.subarray(QUANTUM) as Uint8Array<ArrayBuffer>, `bytes ${QUANTUM}-*/*`);
  expect(last.json.size).toBe(String(QUANTUM + 10));
});

test('a status query tells how much arrived: nothing, some, all', async () => {
  const { server } = await startWithBucket();
  const url = await start(server.endpoint, 'q');
  const none = await put(url, '', 'bytes */*');
  expect([none.status, none.headers.get('range')]).toEqual([308, null]);
  await put(url, new Uint8Array(QUANTUM), `bytes 0-${QUANTUM - 1}/${QUANTUM + 1}`);
  const some = await put(url, '', `bytes */${QUANTUM + 1}`);
  expect([some.status, some.headers.get('range')]).toEqual([308, `bytes=0-${QUANTUM - 1}`]);
  await put(url, 'x', `bytes ${QUANTUM}-${QUANTUM}/${QUANTUM + 1}`);
  const all = await put(url, '', 'bytes */*');
  expect(all.status).toBe(200);
  expect(all.json.name).toBe('q');
});

test('an empty object can be uploaded', async () => {
  const { server } = await startWithBucket();
  const url = await start(server.endpoint, 'empty');
  expect((await put(url, '', 'bytes */0')).json.size).toBe('0');
});

test('an upload continues at the server’s range after a broken connection', async () => {
  const { server } = await startWithBucket();
  const url = await start(server.endpoint, 'broken');
  const target = new URL(url);
  const socket = connect(Number(target.port), '127.0.0.1');
  socket.write(
    `PUT ${target.pathname}${target.search} HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n` +
      'Content-Range: bytes 0-499999/500000\r\n\r\n',
  );
  socket.write(Buffer.alloc(300_000, 'a'));
  const query = async () => Number((await put(url, '', 'bytes */500000')).headers.get('range')?.split('-')[1] ?? -1);
  await new Promise((sent) => socket.end(() => sent(undefined)));
  const kept = await vi.waitUntil(async () => (await query()) + 1, { timeout: 5000 });
  expect(kept).toBeGreaterThan(0);
  const rest = new Uint8Array(500_000 - kept).fill(97);
  const done = await put(url, rest, `bytes ${kept}-499999/500000`);
  expect(done.json.size).toBe('500000');
  const { text } = await call(objectUrl(server.endpoint, 'broken', '?alt=media'));
  expect(text).toBe('a'.repeat(500_000));
});

test('a newer request takes over the session of a hanging one', async () => {
  const { server } = await startWithBucket();
  const url = await start(server.endpoint, 'hang');
  const target = new URL(url);
  const socket = connect(Number(target.port), '127.0.0.1');
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.write(
    `PUT ${target.pathname}${target.search} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nContent-Range: bytes 0-*/*\r\n\r\nab`,
  );
  await vi.waitFor(async () => expect((await put(url, '', 'bytes */*')).status).toBe(308));
  await closed;
  const kept = Number((await put(url, '', 'bytes */*')).headers.get('range')?.split('-')[1] ?? -1) + 1;
  expect((await put(url, 'abcdefghi'.slice(kept), `bytes ${kept}-8/9`)).json.size).toBe('9');
});

test('a gap between chunks is refused with 400', async () => {
  const { server } = await startWithBucket();
  const url = await start(server.endpoint, 'gap');
  const answer = await put(url, 'xyz', 'bytes 5-7/8');
  expect(answer.status).toBe(400);
  expect(answer.json.error.message).toContain('exceeds already uploaded size of 0 byte(s)');
  expect((await call(objectUrl(server.endpoint, 'gap'))).status).toBe(404);
});

test('bytes that were sent before are skipped, not stored twice', async () => {
  const { server } = await startWithBucket();
  const url = await start(server.endpoint, 'again');
  await put(url, new Uint8Array(QUANTUM).fill(97), `bytes 0-${QUANTUM - 1}/*`);
  const bytes = new Uint8Array(QUANTUM + 2).fill(97);
  const done = await put(url, bytes, `bytes 0-${QUANTUM + 1}/${QUANTUM + 2}`);
  expect(done.json.size).toBe(String(QUANTUM + 2));
});

test('DELETE cancels a session: 499, then 404', async () => {
  const { server } = await startWithBucket();
  const url = await start(server.endpoint, 'cancelled');
  await put(url, new Uint8Array(QUANTUM), `bytes 0-${QUANTUM - 1}/*`);
  expect((await call(url, { method: 'DELETE' })).status).toBe(499);
  expect((await put(url, 'x', 'bytes 0-*/*')).status).toBe(404);
  expect((await call(objectUrl(server.endpoint, 'cancelled'))).status).toBe(404);
});

test('the condition of a session is checked at its start and again at its end', async () => {
  const { server } = await startWithBucket();
  const url = await start(server.endpoint, 'late', '&ifGenerationMatch=0');
  await insertMedia(server.endpoint, 'late', 'first');
  const refused = await put(url, 'second', 'bytes 0-*/*');
  expect(refused.status).toBe(412);
  expect(refused.json.error.errors[0]?.reason).toBe('conditionNotMet');
  expect((await call(objectUrl(server.endpoint, 'late', '?alt=media'))).text).toBe('first');
  expect((await put(url, 'second', 'bytes 0-*/*')).status).toBe(404);
});

test('an announced length is enforced', async () => {
  const { server } = await startWithBucket();
  const url = await start(server.endpoint, 'long', '', { 'X-Upload-Content-Length': '10' });
  expect((await put(url, 'short', 'bytes 0-*/*')).status).toBe(400);
  expect((await call(objectUrl(server.endpoint, 'long'))).status).toBe(404);
});

test('a wrong X-Goog-Hash in the last request is refused with 400', async () => {
  const { server } = await startWithBucket();
  const url = await start(server.endpoint, 'hash');
  const headers = { 'Content-Range': 'bytes 0-*/*', 'X-Goog-Hash': 'crc32c=AAAAAA==' };
  expect((await call(url, { method: 'PUT', body: 'bytes', headers })).status).toBe(400);
  expect((await call(objectUrl(server.endpoint, 'hash'))).status).toBe(404);
});

test("the client's chunked upload arrives whole", async () => {
  const { bucket } = await startWithBucket();
  const bytes = Buffer.alloc(3 * QUANTUM + 17, 'chunk by chunk ');
  await bucket.file('chunked').save(bytes, { chunkSize: QUANTUM, preconditionOpts: { ifGenerationMatch: 0 } });
  expect((await bucket.file('chunked').download())[0].equals(bytes)).toBe(true);
});
