import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareNames } from '../../../../infra/emulators/storage/values/object-names.ts';
import { call, insertMedia } from './raw-calls.ts';
import { startWithBucket } from './start-test-storage.ts';

async function serverWith(names: string[]) {
  const started = await startWithBucket();
  for (const name of names) await insertMedia(started.server.endpoint, name, name);
  const list = async (query: Record<string, string>) => {
    const { json, status } = await call(`${started.server.endpoint}/storage/v1/b/pins/o?${new URLSearchParams(query)}`);
    const items = (json.items ?? []) as { name: string }[];
    return { status, json, names: items.map((item) => item.name), prefixes: json.prefixes as string[] | undefined };
  };
  return { ...started, list };
}

/** Every page, one after the other. */
async function pages(list: Awaited<ReturnType<typeof serverWith>>['list'], query: Record<string, string>) {
  const found: string[][] = [];
  for (let pageToken: string | undefined = ''; pageToken !== undefined; ) {
    const page = await list({ ...query, ...(pageToken && { pageToken }) });
    found.push([...(page.prefixes ?? []), ...page.names]);
    pageToken = page.json.nextPageToken as string | undefined;
  }
  return found;
}

const TREE = ['a/1', 'a/2', 'a/b/3', 'b/1', 'c', 'd/'];

test.each([
  [{}, TREE, undefined],
  [{ prefix: 'a/' }, ['a/1', 'a/2', 'a/b/3'], undefined],
  [{ prefix: 'a/', delimiter: '/' }, ['a/1', 'a/2'], ['a/b/']],
  [{ delimiter: '/' }, ['c'], ['a/', 'b/', 'd/']],
  [{ delimiter: '/', includeTrailingDelimiter: 'true' }, ['c', 'd/'], ['a/', 'b/', 'd/']],
  [{ startOffset: 'a/2', endOffset: 'c' }, ['a/2', 'a/b/3', 'b/1'], undefined],
  [{ prefix: 'a/', startOffset: 'a/2' }, ['a/2', 'a/b/3'], undefined],
  [{ matchGlob: '*/1' }, ['a/1', 'b/1'], undefined],
  [{ matchGlob: '**/3' }, ['a/b/3'], undefined],
  [{ matchGlob: '{c,b/?}' }, ['b/1', 'c'], undefined],
  [{ prefix: 'nothing' }, [], undefined],
])('a list with %j', async (query, names, prefixes) => {
  const { list } = await serverWith(TREE);
  const listed = await list(query);
  expect(listed.names).toEqual(names);
  expect(listed.prefixes).toEqual(prefixes);
});

test('pages hold maxResults items and prefixes together, and miss and repeat nothing', async () => {
  const { list } = await serverWith(TREE);
  expect(await pages(list, { maxResults: '2' })).toEqual([
    ['a/1', 'a/2'],
    ['a/b/3', 'b/1'],
    ['c', 'd/'],
  ]);
  expect(await pages(list, { maxResults: '2', delimiter: '/' })).toEqual([
    ['a/', 'b/'],
    ['d/', 'c'],
  ]);
});

test('versions of one name are split over pages, and none is missed or repeated', async () => {
  const { server, bucket, list } = await serverWith([]);
  await bucket.setMetadata({ versioning: { enabled: true } });
  for (const name of ['a', 'b', 'a', 'b', 'a']) await insertMedia(server.endpoint, name, name);
  expect(await pages(list, { versions: 'true', maxResults: '2' })).toEqual([['a', 'a'], ['a', 'b'], ['b']]);
  expect((await list({})).names).toEqual(['a', 'b']);
});

test('a page continues after its last name, despite writes and deletions', async () => {
  const { server, bucket, list } = await serverWith(['a', 'c', 'e']);
  const first = await list({ maxResults: '2' });
  await bucket.file('c').delete();
  await insertMedia(server.endpoint, 'b', 'x');
  await insertMedia(server.endpoint, 'd', 'x');
  const rest = await list({ pageToken: first.json.nextPageToken as string });
  expect(rest.names).toEqual(['d', 'e']);
});

test('names are ordered by their UTF-8 bytes', async () => {
  const { list } = await serverWith(['\u{1F600}', '\uFFFD', 'z', 'Z']);
  expect((await list({})).names).toEqual(['Z', 'z', '\uFFFD', '\u{1F600}']);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(Math.sign(compareNames(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

test('fields picks what is named, nested too', async () => {
  const { server, list } = await serverWith(['a', 'b']);
  await call(`${server.endpoint}/storage/v1/b/pins/o/a`, { method: 'PATCH', body: '{"metadata":{"k":"v","l":"w"}}' });
  const { json } = await list({ fields: 'nextPageToken,items(name,metadata/k)', maxResults: '1' });
  expect(json).toEqual({ items: [{ name: 'a', metadata: { k: 'v' } }], nextPageToken: expect.any(String) });
  expect((await list({ fields: 'items(name' })).status).toBe(400);
});

test.each([
  ['a page token that no page gave', { pageToken: 'nonsense' }, 400],
  ['maxResults of 0', { maxResults: '0' }, 400],
  ['softDeleted', { softDeleted: 'true' }, 501],
  ['filter', { filter: 'contexts."k"="v"' }, 501],
])('%s is refused', async (_title, query, status) => {
  const { list } = await serverWith([]);
  const listed = await list(query);
  expect(listed.status).toBe(status);
  expect(listed.json.error.code).toBe(status);
});

test('a page never holds more than a thousand, and the client pages through all of them', async () => {
  const names = Array.from({ length: 1003 }, (_, index) => `t/${String(index).padStart(5, '0')}`);
  const { list, bucket } = await serverWith(names);
  expect((await list({ maxResults: '5000' })).names).toHaveLength(1000);
  const [files] = await bucket.getFiles({ prefix: 't/' });
  expect(files.map((file) => file.name)).toEqual(names);
});
