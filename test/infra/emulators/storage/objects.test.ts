import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createClient, startTestStorage, startWithBucket } from './start-test-storage.ts';

test('an object saved in one request comes back with its bytes, type and metadata', async () => {
  const { bucket } = await startWithBucket();
  const file = bucket.file('codex/00000001.json');
  await file.save('{"a":1}', {
    resumable: false,
    contentType: 'application/json',
    metadata: { cacheControl: 'no-store', metadata: { revision: '1' } },
    preconditionOpts: { ifGenerationMatch: 0 },
  });

  const [bytes] = await bucket.file('codex/00000001.json').download();
  const [metadata] = await bucket.file('codex/00000001.json').getMetadata();

  expect(bytes.toString()).toBe('{"a":1}');
  expect(metadata).toMatchObject({
    kind: 'storage#object',
    name: 'codex/00000001.json',
    bucket: 'pins',
    size: '7',
    metageneration: '1',
    contentType: 'application/json',
    cacheControl: 'no-store',
    metadata: { revision: '1' },
    md5Hash: createHash('md5').update('{"a":1}').digest('base64'),
    storageClass: 'STANDARD',
  });
  expect(metadata.id).toBe(`pins/codex/00000001.json/${metadata.generation}`);
});

test('the default save of the client is a resumable upload, and works too', async () => {
  const { bucket } = await startWithBucket();
  await bucket.file('a').save('resumed', { contentType: 'text/plain' });
  const [bytes] = await bucket.file('a').download();
  expect(bytes.toString()).toBe('resumed');
});

test('a write with ifGenerationMatch=0 to a taken name answers 412 and changes nothing', async () => {
  const { bucket } = await startWithBucket();
  const file = bucket.file('a');
  await file.save('first', { resumable: false });
  for (const resumable of [false, true]) {
    const second = bucket.file('a').save('second', { resumable, preconditionOpts: { ifGenerationMatch: 0 } });
    await expect(second).rejects.toMatchObject({ code: 412 });
  }
  const [bytes] = await bucket.file('a').download();
  expect(bytes.toString()).toBe('first');
});

test('a list pages, a patch raises the metageneration, a delete leaves 404', async () => {
  const { bucket } = await startWithBucket();
  for (const name of ['a/1', 'a/2', 'b/1']) await bucket.file(name).save(name, { resumable: false });
  const [files, next] = await bucket.getFiles({ prefix: 'a/', maxResults: 1, autoPaginate: false });
  expect(files.map((file) => file.name)).toEqual(['a/1']);
  const [rest] = await bucket.getFiles({ ...next, autoPaginate: false });
  expect(rest.map((file) => file.name)).toEqual(['a/2']);

  const [patched] = await bucket.file('b/1').setMetadata({ metadata: { seen: 'yes' } });
  expect(patched).toMatchObject({ metageneration: '2', metadata: { seen: 'yes' } });

  await bucket.file('b/1').delete();
  await expect(bucket.file('b/1').getMetadata()).rejects.toMatchObject({
    code: 404,
    message: 'No such object: pins/b/1',
  });
});

test('an unserved request answers 501 with its method and path', async () => {
  const { endpoint } = await startTestStorage();
  const response = await fetch(`${endpoint}/storage/v1/b/pins/iam`);
  expect(response.status).toBe(501);
  const { error } = (await response.json()) as { error: { code: number; message: string; errors: object[] } };
  expect(error).toMatchObject({ code: 501, errors: [{ domain: 'global', reason: 'notImplemented' }] });
  expect(error.message).toContain('GET /storage/v1/b/pins/iam');
  await expect(createClient(endpoint).bucket('pins').iam.getPolicy()).rejects.toMatchObject({ code: 501 });
});
