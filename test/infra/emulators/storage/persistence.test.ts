import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startStorage } from '../../../../infra/emulators/storage/server.ts';
import { call, insertMedia, objectUrl } from './raw-calls.ts';
import { startChild } from './start-child.ts';
import { createClient, startTestStorage, startWithBucket, stop, temporaryFolder } from './start-test-storage.ts';

const ACME = 'acme@fleet.iam.gserviceaccount.com';
const QUANTUM = 256 * 1024;

test('objects, versions, settings, notifications, identities and grants survive a restart', async () => {
  const stateDir = await temporaryFolder();
  const { server, bucket } = await startWithBucket({ stateDir });
  await bucket.setMetadata({ versioning: { enabled: true } });
  await bucket.createNotification('t');
  await bucket.file('a').save('old', { resumable: false });
  await bucket.file('a').save('new', { resumable: false, metadata: { metadata: { k: 'v' } } });
  await bucket.file('gone').save('x', { resumable: false });
  await bucket.file('large').save(Buffer.alloc(200_000, 'l'), { resumable: false });
  const [gone] = await bucket.file('gone').getMetadata();
  await call(objectUrl(server.endpoint, 'gone', `?generation=${gone.generation}`), { method: 'DELETE' });
  server.grant({ identity: ACME, bucket: 'pins', prefix: '', permissions: ['storage.objects.get'] });
  const key = new URL(server.endpointFor(ACME)).pathname;
  const before = await bucket.getFiles({ versions: true });
  await stop(server);

  const again = await startTestStorage({ stateDir });
  const after = createClient(again.endpoint).bucket('pins');
  const facts = (files: typeof before) =>
    files[0].map(({ metadata }) => [metadata.name, metadata.generation, metadata.md5Hash, metadata.timeDeleted]);
  expect(facts(await after.getFiles({ versions: true }))).toEqual(facts(before));
  expect((await after.file('large').download())[0].toString()).toBe('l'.repeat(200_000));
  expect((await after.file('a').getMetadata())[0].metadata).toEqual({ k: 'v' });
  expect((await after.getNotifications())[0]).toHaveLength(1);
  expect(new URL(again.endpointFor(ACME)).pathname).toBe(key);
  const acme = createClient(again.endpointFor(ACME)).bucket('pins');
  expect((await acme.file('a').download())[0].toString()).toBe('new');
  await expect(acme.file('a').delete()).rejects.toMatchObject({ code: 403 });
});

test('every acknowledged object is whole after a SIGKILL in the middle of writes', async () => {
  const stateDir = await temporaryFolder();
  const { child, endpoint } = await startChild(stateDir);
  await createClient(endpoint).createBucket('pins');
  const acknowledged = new Set<string>();
  const writing = Array.from({ length: 8 }, async (_, writer) => {
    for (let n = 0; n < 10_000; n++) {
      const name = `w${writer}/${n}`;
      const answer = await insertMedia(endpoint, name, `bytes of ${name}`).catch(() => undefined);
      if (!answer) return;
      acknowledged.add(name);
      if (acknowledged.size === 200) child.kill('SIGKILL');
    }
  });
  await Promise.all(writing);
  expect(acknowledged.size).toBeGreaterThanOrEqual(200);

  const bucket = createClient((await startTestStorage({ stateDir })).endpoint).bucket('pins');
  const names = (await bucket.getFiles())[0].map((file) => file.name);
  expect(names).toEqual(expect.arrayContaining([...acknowledged]));
  for (const name of names.slice(0, 50)) {
    expect((await bucket.file(name).download())[0].toString()).toBe(`bytes of ${name}`);
  }
});

test('a torn last record loses nothing else, and the server continues writing', async () => {
  const stateDir = await temporaryFolder();
  const { server, bucket } = await startWithBucket({ stateDir });
  for (const name of ['a', 'b']) await bucket.file(name).save(name, { resumable: false });
  await stop(server);
  const journal = join(stateDir, 'journal.jsonl');
  truncateSync(journal, readFileSync(journal).length - 10);

  const second = await startTestStorage({ stateDir });
  const names = async (endpoint: string) =>
    (await createClient(endpoint).bucket('pins').getFiles())[0].map((file) => file.name);
  expect(await names(second.endpoint)).toEqual(['a']);
  await insertMedia(second.endpoint, 'c', 'c');
  await stop(second);
  expect(await names((await startTestStorage({ stateDir })).endpoint)).toEqual(['a', 'c']);
});

test('a damaged record before the last stops the start, with its position', async () => {
  const stateDir = await temporaryFolder();
  await stop((await startWithBucket({ stateDir })).server);
  const journal = join(stateDir, 'journal.jsonl');
  const before = readFileSync(journal, 'utf8');
  writeFileSync(journal, `not json\n${before}`);
  await expect(startStorage({ stateDir })).rejects.toThrow(/journal\.jsonl:1 \(byte 0\): expected a line of JSON/);
  expect(readFileSync(journal, 'utf8')).toBe(`not json\n${before}`);
});

test('a resumable upload continues after a restart', async () => {
  const stateDir = await temporaryFolder();
  const { server } = await startWithBucket({ stateDir });
  const start = `${server.endpoint}/upload/storage/v1/b/pins/o?uploadType=resumable&name=a`;
  const url = new URL((await call(start, { method: 'POST' })).headers.get('location') as string);
  const bytes = Buffer.alloc(QUANTUM + 5, 'resume ');
  const put = (base: string, body: Uint8Array<ArrayBuffer>, range: string) =>
    call(new URL(`${url.pathname}${url.search}`, base).href, {
      method: 'PUT',
      body,
      headers: { 'Content-Range': range },
    });
  await put(server.endpoint, bytes.subarray(0, QUANTUM), `bytes 0-${QUANTUM - 1}/*`);
  await stop(server);

  const again = await startTestStorage({ stateDir });
  const query = await put(again.endpoint, new Uint8Array(), 'bytes */*');
  expect([query.status, query.headers.get('range')]).toEqual([308, `bytes=0-${QUANTUM - 1}`]);
  const done = await put(again.endpoint, bytes.subarray(QUANTUM), `bytes ${QUANTUM}-${QUANTUM + 4}/${QUANTUM + 5}`);
  expect(done.status).toBe(200);
  // The client checks the hash that the server computed over both halves.
  const [whole] = await createClient(again.endpoint).bucket('pins').file('a').download();
  expect(whole.equals(bytes)).toBe(true);
});

test('a long history is compacted at the start, and reads the same', async () => {
  const stateDir = await temporaryFolder();
  const { server, bucket } = await startWithBucket({ stateDir });
  let last = '';
  for (let n = 0; n < 1_100; n++) last = String((await insertMedia(server.endpoint, 'a', `${n}`)).json.generation);
  const deleted = Number((await insertMedia(server.endpoint, 'b', 'b')).json.generation);
  await bucket.file('b').delete();
  await stop(server);
  const lines = () => readFileSync(join(stateDir, 'journal.jsonl'), 'utf8').split('\n').length;
  expect(lines()).toBeGreaterThan(1_100);

  await stop(await startTestStorage({ stateDir }));
  expect(lines()).toBeLessThan(10);
  const again = await startTestStorage({ stateDir, now: () => new Date(0) });
  const file = createClient(again.endpoint).bucket('pins').file('a');
  expect((await file.download())[0].toString()).toBe('1099');
  expect((await file.getMetadata())[0].generation).toBe(last);
  const next = (await insertMedia(again.endpoint, 'c', 'c')).json.generation;
  expect(Number(next)).toBeGreaterThan(deleted);
});

test('unreferenced files are removed at the start', async () => {
  const stateDir = await temporaryFolder();
  const { server, bucket } = await startWithBucket({ stateDir });
  await bucket.file('a').save('kept', { resumable: false });
  await stop(server);
  appendFileSync(join(stateDir, 'unfinished', 'left-by-a-kill'), 'half');
  appendFileSync(join(stateDir, 'blobs', 'ab', 'abandoned'), 'whole');
  const again = await startTestStorage({ stateDir });
  expect(readdirSync(join(stateDir, 'unfinished'))).toEqual([]);
  expect(readdirSync(join(stateDir, 'blobs', 'ab'))).not.toContain('abandoned');
  expect((await createClient(again.endpoint).bucket('pins').file('a').download())[0].toString()).toBe('kept');
});
