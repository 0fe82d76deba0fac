import { expect, test } from 'vitest';
import { call, insertMedia, objectUrl } from './raw-calls.ts';
import { startWithBucket } from './start-test-storage.ts';

test('a copy keeps bytes, type and metadata, gets its own generation, and outlives its source', async () => {
  const { bucket } = await startWithBucket();
  const source = bucket.file('a');
  await source.save('bytes', { resumable: false, contentType: 'text/plain', metadata: { metadata: { k: 'v' } } });
  const [copy] = await source.copy(bucket.file('b'), { preconditionOpts: { ifGenerationMatch: 0 } });
  await source.delete();
  expect((await copy.download())[0].toString()).toBe('bytes');
  const [metadata] = await copy.getMetadata();
  expect(metadata).toMatchObject({ contentType: 'text/plain', metadata: { k: 'v' }, metageneration: '1' });
});

test('a copy with ifGenerationMatch=0 onto a taken name answers 412 and changes nothing', async () => {
  const { bucket } = await startWithBucket();
  for (const name of ['a', 'b']) await bucket.file(name).save(name, { resumable: false });
  const copy = bucket.file('a').copy(bucket.file('b'), { preconditionOpts: { ifGenerationMatch: 0 } });
  await expect(copy).rejects.toMatchObject({ code: 412 });
  expect((await bucket.file('b').download())[0].toString()).toBe('b');
});

test('copyTo works, and takes conditions on its source', async () => {
  const { server } = await startWithBucket();
  await insertMedia(server.endpoint, 'a/1', 'bytes');
  const url = objectUrl(server.endpoint, 'a/1', '/copyTo/b/pins/o/b%2F1');
  const refused = await call(`${url}?ifSourceGenerationMatch=1`, { method: 'POST' });
  expect(refused.status).toBe(412);
  expect((await call(objectUrl(server.endpoint, 'b/1'))).status).toBe(404);
  const { status, json } = await call(url, { method: 'POST', body: '{"metadata":{"k":"v"}}' });
  expect(status).toBe(200);
  expect(json).toMatchObject({ name: 'b/1', metadata: { k: 'v' }, contentType: 'text/plain' });
});

test('compose joins objects; the result has a crc32c and no md5Hash', async () => {
  const { bucket } = await startWithBucket();
  for (const name of ['one', 'two']) await bucket.file(name).save(name, { resumable: false });
  const [joined] = await bucket.combine(['one', 'two'], 'both');
  expect((await joined.download())[0].toString()).toBe('onetwo');
  const [metadata] = await joined.getMetadata();
  expect(metadata).toMatchObject({ size: '6', componentCount: 2 });
  expect(metadata.md5Hash).toBeUndefined();
});

test('compose may name its destination as a source', async () => {
  const { bucket } = await startWithBucket();
  for (const name of ['log', 'more']) await bucket.file(name).save(name, { resumable: false });
  await bucket.combine(['log', 'more'], 'log');
  expect((await bucket.file('log').download())[0].toString()).toBe('logmore');
});

test.each([
  ['33 sources', Array.from({ length: 33 }, () => ({ name: 'one' })), 400],
  ['no source', [], 400],
  ['a source that does not exist', [{ name: 'none' }], 404],
  ['a source of another generation', [{ name: 'one', objectPreconditions: { ifGenerationMatch: '1' } }], 412],
])('compose with %s is refused and makes nothing', async (_title, sourceObjects, status) => {
  const { server, bucket } = await startWithBucket();
  await bucket.file('one').save('one', { resumable: false });
  const body = JSON.stringify({ sourceObjects });
  const answer = await call(objectUrl(server.endpoint, 'all', '/compose'), { method: 'POST', body });
  expect(answer.status).toBe(status);
  expect(answer.json.error.code).toBe(status);
  expect(await bucket.file('all').exists()).toEqual([false]);
});
