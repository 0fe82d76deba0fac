import { expect, test } from 'vitest';
import type { Permission } from '../../../../infra/emulators/storage/server.ts';
import { call, insertMedia, objectUrl } from './raw-calls.ts';
import { createClient, startWithBucket } from './start-test-storage.ts';

const ACME = 'acme@fleet.iam.gserviceaccount.com';
const denial = (permission: string, kind = 'object') =>
  `${ACME} does not have ${permission} access to the Google Cloud Storage ${kind}. ` +
  `Permission '${permission}' denied on resource (or it may not exist).`;

async function startAs(...permissions: Permission[]) {
  const started = await startWithBucket();
  const endpoint = started.server.endpointFor(ACME);
  if (permissions.length > 0) started.server.grant({ identity: ACME, bucket: 'pins', prefix: 'acme/', permissions });
  return { ...started, endpoint, acme: createClient(endpoint).bucket('pins') };
}

test('an identity may do nothing without a grant', async () => {
  const { bucket, acme } = await startAs();
  await bucket.file('acme/a').save('owned', { resumable: false });
  const refused = { code: 403, errors: [{ domain: 'global', reason: 'forbidden' }] };
  await expect(acme.file('acme/a').getMetadata()).rejects.toMatchObject({
    ...refused,
    message: denial('storage.objects.get'),
  });
  await expect(acme.file('acme/a').download()).rejects.toMatchObject({ code: 403 });
  await expect(acme.getFiles()).rejects.toMatchObject({
    ...refused,
    message: denial('storage.objects.list', 'bucket'),
  });
  await expect(acme.file('acme/b').save('x', { resumable: false })).rejects.toMatchObject({ code: 403 });
  await expect(acme.file('acme/b').save('x')).rejects.toMatchObject({ status: 403 });
  await expect(acme.file('acme/a').setMetadata({ metadata: { k: 'v' } })).rejects.toMatchObject({ code: 403 });
  await expect(acme.file('acme/a').delete()).rejects.toMatchObject({ code: 403 });
  await expect(acme.file('acme/a').copy('acme/b')).rejects.toMatchObject({ code: 403 });
  await expect(acme.combine(['acme/a', 'acme/a'], 'acme/b')).rejects.toMatchObject({ code: 403 });
  await expect(acme.getMetadata()).rejects.toMatchObject({ code: 403 });
  await expect(acme.delete()).rejects.toMatchObject({ code: 403 });
  await expect(acme.getNotifications()).rejects.toMatchObject({ code: 403 });
  const [files] = await bucket.getFiles();
  expect(files.map((file) => [file.name, file.metadata.metageneration])).toEqual([['acme/a', '1']]);
});

test('a grant works for every kind of call, in its bucket and under its prefix only', async () => {
  const { storage, endpoint, bucket, acme } = await startAs(
    'storage.objects.get',
    'storage.objects.list',
    'storage.objects.create',
  );
  await acme.file('acme/simple').save('1', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
  await acme.file('acme/resumable').save('2', { preconditionOpts: { ifGenerationMatch: 0 } });
  expect((await acme.file('acme/resumable').download())[0].toString()).toBe('2');
  expect((await acme.getFiles({ prefix: 'acme/' }))[0]).toHaveLength(2);
  await expect(acme.getFiles({ prefix: 'acme' })).rejects.toMatchObject({ code: 403 });
  await expect(acme.file('other/a').save('x', { resumable: false })).rejects.toMatchObject({ code: 403 });
  expect(await bucket.file('other/a').exists()).toEqual([false]);
  const [control] = await storage.createBucket('control');
  const elsewhere = createClient(endpoint).bucket('control').file('acme/a');
  await expect(elsewhere.save('x', { resumable: false })).rejects.toMatchObject({ code: 403 });
  expect((await control.getFiles())[0]).toEqual([]);
});

test('without list permission an absent object answers 403, with it 404', async () => {
  const { server, acme } = await startAs('storage.objects.get');
  await expect(acme.file('acme/none').getMetadata()).rejects.toMatchObject({ code: 403 });
  server.grant({ identity: ACME, bucket: 'pins', prefix: 'acme/', permissions: ['storage.objects.list'] });
  await expect(acme.file('acme/none').getMetadata()).rejects.toMatchObject({ code: 404 });
});

test('a creator without delete permission gets 412 for create-only, 403 for an overwrite', async () => {
  const { bucket, endpoint } = await startAs('storage.objects.create');
  await bucket.file('acme/a').save('first', { resumable: false });
  const [{ generation }] = await bucket.file('acme/a').getMetadata();

  expect((await insertMedia(endpoint, 'acme/a', 'second', '&ifGenerationMatch=0')).status).toBe(412);
  for (const query of ['', `&ifGenerationMatch=${generation}`, '&ifGenerationMatch=1']) {
    const refused = await insertMedia(endpoint, 'acme/a', 'second', query);
    expect(refused.status).toBe(403);
    expect(refused.json.error.message).toBe(denial('storage.objects.delete'));
  }
  expect((await bucket.file('acme/a').download())[0].toString()).toBe('first');
});

test('a resumable session keeps the identity that started it', async () => {
  const { server, bucket, endpoint } = await startAs('storage.objects.create');
  const url = `${endpoint}/upload/storage/v1/b/pins/o?uploadType=resumable&name=acme%2Fa`;
  const location = (await call(url, { method: 'POST' })).headers.get('location') as string;
  expect(location.startsWith(`${endpoint}/upload/`)).toBe(true);
  await bucket.file('acme/a').save('first', { resumable: false });
  const asOwner = location.replace(endpoint, server.endpoint);
  const refused = await call(asOwner, { method: 'PUT', body: 'second', headers: { 'Content-Range': 'bytes 0-*/*' } });
  expect(refused.status).toBe(403);
  expect((await bucket.file('acme/a').download())[0].toString()).toBe('first');
});

test('an unknown key answers 401', async () => {
  const { server } = await startAs();
  const answer = await call(objectUrl(`${server.endpoint}/as/guessed`, 'acme/a'));
  expect(answer.status).toBe(401);
  expect(answer.json.error.errors[0]?.reason).toBe('authError');
});

test('endpointFor gives an identity one endpoint, and different identities different ones', async () => {
  const { server } = await startAs();
  expect(server.endpointFor(ACME)).toBe(server.endpointFor(ACME));
  expect(server.endpointFor('globex@x')).not.toBe(server.endpointFor(ACME));
});

test('the server reports each check of an identity, and none of the owner', async () => {
  const seen: unknown[] = [];
  const { server, bucket } = await startWithBucket({ onAccess: (access) => seen.push(access) });
  const acme = createClient(server.endpointFor(ACME)).bucket('pins');
  server.grant({ identity: ACME, bucket: 'pins', prefix: 'acme/', permissions: ['storage.objects.create'] });
  await bucket.file('acme/owned').save('1', { resumable: false });

  await acme.file('acme/a').save('1', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
  const overwrite = acme.file('acme/a').save('2', { resumable: false, preconditionOpts: { ifGenerationMatch: 1 } });
  await expect(overwrite).rejects.toMatchObject({ code: 403 });

  const object = { identity: ACME, bucket: 'pins', object: 'acme/a' };
  expect(uniqueRecords(seen)).toEqual([
    { ...object, permission: 'storage.objects.create', granted: true },
    { ...object, permission: 'storage.objects.delete', granted: false },
  ]);
});

test('a lost create needs no permission to delete', async () => {
  const seen: { permission: string }[] = [];
  const { server, bucket } = await startWithBucket({ onAccess: (access) => seen.push(access) });
  server.grant({ identity: ACME, bucket: 'pins', prefix: '', permissions: ['storage.objects.create'] });
  await bucket.file('a').save('first', { resumable: false });

  const lost = createClient(server.endpointFor(ACME)).bucket('pins').file('a');
  await expect(
    lost.save('second', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } }),
  ).rejects.toMatchObject({ code: 412 });

  expect(new Set(seen.map(({ permission }) => permission))).toEqual(new Set(['storage.objects.create']));
  expect((await bucket.file('a').download())[0].toString()).toBe('first');
});

function uniqueRecords(records: readonly unknown[]): unknown[] {
  return [...new Set(records.map((record) => JSON.stringify(record)))].map((text) => JSON.parse(text) as unknown);
}
