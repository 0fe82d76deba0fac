import { expect, test } from 'vitest';
import type { Call, Fault } from '../../../../infra/emulators/faults.ts';
import { call, insertMedia, objectUrl } from './raw-calls.ts';
import { startWithBucket } from './start-test-storage.ts';

/** A switch that a test turns on for one method; it keeps every call that it was asked about. */
async function startWithFault() {
  const current: { method?: string; fault?: Fault } = {};
  const calls: Call[] = [];
  const faults = (asked: Call) => {
    calls.push(asked);
    return asked.method === current.method ? current.fault : undefined;
  };
  const started = await startWithBucket({ faults });
  const set = (method?: string, fault?: Fault) => Object.assign(current, { method, fault });
  return { ...started, calls, set };
}

test('status refuses with that status and does nothing', async () => {
  const { server, bucket, set } = await startWithFault();
  set('objects.insert', { kind: 'status', status: 503 });
  const { status, json } = await insertMedia(server.endpoint, 'a', 'x');
  expect([status, json.error.code, json.error.errors[0]?.reason]).toEqual([503, 503, 'backendError']);
  expect(await bucket.file('a').exists()).toEqual([false]);
});

test('reset drops the connection and does nothing', async () => {
  const { server, bucket, set } = await startWithFault();
  set('objects.insert', { kind: 'reset' });
  await expect(insertMedia(server.endpoint, 'a', 'x')).rejects.toThrow();
  set();
  expect(await bucket.file('a').exists()).toEqual([false]);
});

test('lost-response does everything and then drops the connection', async () => {
  const { server, bucket, set } = await startWithFault();
  set('objects.insert', { kind: 'lost-response' });
  await expect(insertMedia(server.endpoint, 'a', 'x')).rejects.toThrow();
  set('objects.delete', { kind: 'lost-response' });
  expect((await bucket.file('a').download())[0].toString()).toBe('x');
  await expect(bucket.file('a').delete()).rejects.toThrow();
  expect(await bucket.file('a').exists()).toEqual([false]);
});

test('truncate sends the head and so many bytes of the body', async () => {
  const { server, set } = await startWithFault();
  await insertMedia(server.endpoint, 'a', 'x'.repeat(100_000));
  set('objects.get', { kind: 'truncate', bytes: 70_000 });
  const response = await fetch(objectUrl(server.endpoint, 'a', '?alt=media'));
  expect(response.headers.get('content-length')).toBe('100000');
  let got = 0;
  const read = async () => {
    for await (const chunk of response.body ?? []) got += chunk.length;
  };
  await expect(read()).rejects.toThrow();
  expect(got).toBe(70_000);
});

test('delay answers later, with the right content', async () => {
  const { server, set } = await startWithFault();
  set('objects.insert', { kind: 'delay', milliseconds: 60 });
  const before = performance.now();
  expect((await insertMedia(server.endpoint, 'a', 'x')).status).toBe(200);
  expect(performance.now() - before).toBeGreaterThan(55);
});

test('the switch is asked once a request, with the method of the API and bucket/object', async () => {
  const { server, bucket, calls } = await startWithFault();
  calls.length = 0;
  await insertMedia(server.endpoint, 'a/b', 'x');
  await bucket.file('a/b').getMetadata();
  await bucket.file('a/b').download();
  await bucket.file('a/b').setMetadata({ metadata: { k: 'v' } });
  await bucket.getFiles();
  await bucket.file('a/b').copy('c');
  await bucket.combine(['a/b', 'c'], 'd');
  await bucket.file('a/b').delete();
  await bucket.file('r').save('x');
  await call(`${server.endpoint}/storage/v1/b/pins`);
  expect(calls.map(({ method, resource }) => `${method} ${resource}`)).toEqual([
    'objects.insert pins/a/b',
    'objects.get pins/a/b',
    'objects.get pins/a/b',
    'objects.patch pins/a/b',
    'objects.list pins',
    'objects.rewrite pins/a/b',
    'objects.compose pins/d',
    'objects.delete pins/a/b',
    'objects.insert pins/r',
    'objects.insert pins/r',
    'buckets.get pins',
  ]);
});

test('a client that lost a resumable upload’s last answer gets the object it created', async () => {
  const { server, set } = await startWithFault();
  const start = `${server.endpoint}/upload/storage/v1/b/pins/o?uploadType=resumable&name=a&ifGenerationMatch=0`;
  const url = (await call(start, { method: 'POST' })).headers.get('location') as string;
  set('objects.insert', { kind: 'lost-response' });
  const headers = { 'Content-Range': 'bytes 0-*/*' };
  await expect(call(url, { method: 'PUT', body: 'bytes', headers })).rejects.toThrow();
  set();
  const query = await call(url, { method: 'PUT', headers: { 'Content-Range': 'bytes */*' } });
  expect([query.status, query.json.size]).toEqual([200, '5']);
  const repeated = await call(url, { method: 'PUT', body: 'bytes', headers });
  expect(repeated.json.generation).toBe(query.json.generation);
});
