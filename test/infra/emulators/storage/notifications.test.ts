import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startWithBucket } from './start-test-storage.ts';

type Message = { data?: string; attributes: Record<string, string> };

/** A topic that takes messages by REST; `refuse` makes it answer 503 so many times first. */
async function startTopic(refuse = 0) {
  const got: { path: string | undefined; message: Message }[] = [];
  const tries = { left: refuse, seen: 0 };
  const server = createServer(async (request, response) => {
    const { messages } = (await json(request)) as { messages: Message[] };
    tries.seen += 1;
    if (tries.left-- > 0) response.writeHead(503);
    else for (const message of messages) got.push({ path: request.url, message });
    response.end('{}');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const pubsubEndpoint = () => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const wait = (count: number) => vi.waitFor(() => expect(got).toHaveLength(count), { timeout: 10_000 });
  return { got, tries, pubsubEndpoint, wait };
}

test('a finalized object is announced with attributes, resource and custom metadata', async () => {
  const { got, pubsubEndpoint, wait } = await startTopic();
  const { bucket } = await startWithBucket({ pubsubEndpoint }, 'receipts');
  const [notification] = await bucket.createNotification('receipt-written', {
    eventTypes: ['OBJECT_FINALIZE'],
    objectNamePrefix: 'acme/',
    customAttributes: { source: 'receipts' },
  });
  await bucket.file('globex/1').save('x', { resumable: false });
  await bucket.file('acme/1').save('first', { resumable: false, metadata: { metadata: { kind: 'adopted' } } });
  const first = (await bucket.file('acme/1').getMetadata())[0];
  await bucket.file('acme/1').save('again', { resumable: false });
  await bucket.file('acme/1').delete();
  await wait(2);

  expect(got[0]?.path).toBe('/v1/projects/test/topics/receipt-written:publish');
  const { attributes = {}, data = '' } = got[0]?.message ?? {};
  expect(attributes).toEqual({
    notificationConfig: `projects/_/buckets/receipts/notificationConfigs/${notification.id}`,
    eventType: 'OBJECT_FINALIZE',
    payloadFormat: 'JSON_API_V1',
    bucketId: 'receipts',
    objectId: 'acme/1',
    objectGeneration: first.generation,
    eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    source: 'receipts',
  });
  const resource = JSON.parse(Buffer.from(data, 'base64').toString());
  expect(resource).toMatchObject({ kind: 'storage#object', name: 'acme/1', size: '5', metadata: { kind: 'adopted' } });
  expect(got[1]?.message.attributes.overwroteGeneration).toBe(first.generation);
});

test('a configuration without event types announces every kind, in order', async () => {
  const { got, pubsubEndpoint, wait } = await startTopic();
  const { bucket } = await startWithBucket({ pubsubEndpoint });
  await bucket.createNotification('all', { payloadFormat: 'NONE' });
  await bucket.file('a').save('1', { resumable: false });
  await bucket.file('a').setMetadata({ metadata: { k: 'v' } });
  await bucket.file('a').save('2', { resumable: false });
  await bucket.setMetadata({ versioning: { enabled: true } });
  await bucket.file('a').delete();
  await wait(5);
  expect(got.map(({ message }) => message.attributes.eventType)).toEqual([
    'OBJECT_FINALIZE',
    'OBJECT_METADATA_UPDATE',
    'OBJECT_DELETE',
    'OBJECT_FINALIZE',
    'OBJECT_ARCHIVE',
  ]);
  expect(got[2]?.message.attributes.overwrittenByGeneration).toBe(got[3]?.message.attributes.objectGeneration);
  expect(got.every(({ message }) => message.data === undefined)).toBe(true);
});

test('a refusing topic gets the message again until it accepts, and the write does not wait', async () => {
  const { got, tries, pubsubEndpoint, wait } = await startTopic(2);
  const { bucket } = await startWithBucket({ pubsubEndpoint });
  await bucket.createNotification('later');
  await bucket.file('a').save('1', { resumable: false });
  await bucket.file('b').save('2', { resumable: false });
  await wait(2);
  expect(tries.seen).toBeGreaterThanOrEqual(3);
  expect(got.map(({ message }) => message.attributes.objectId)).toEqual(['a', 'b']);
});

test('an unreachable Pub/Sub server fails no write, and the server still closes', async () => {
  const { bucket } = await startWithBucket({ pubsubEndpoint: () => '127.0.0.1:1' });
  await bucket.createNotification('unreachable');
  await bucket.file('a').save('1', { resumable: false });
  expect(await bucket.file('a').exists()).toEqual([true]);
});

test('notifications can be listed, read and deleted', async () => {
  const { got, pubsubEndpoint, wait } = await startTopic();
  const { bucket } = await startWithBucket({ pubsubEndpoint });
  const [one] = await bucket.createNotification('one');
  const [two] = await bucket.createNotification('two');
  expect((await bucket.getNotifications())[0].map(({ id }) => id)).toEqual([one.id, two.id]);
  expect((await one.getMetadata())[0]).toMatchObject({
    kind: 'storage#notification',
    topic: '//pubsub.googleapis.com/projects/test/topics/one',
    payload_format: 'JSON_API_V1',
  });
  await one.delete();
  await expect(one.getMetadata()).rejects.toMatchObject({ code: 404 });
  await bucket.file('a').save('1', { resumable: false });
  await wait(1);
  expect(got[0]?.path).toContain('/topics/two:publish');
});

test('an event type that does not exist is refused with 400 and configures nothing', async () => {
  const { bucket } = await startWithBucket();
  await expect(bucket.createNotification('t', { eventTypes: ['OBJECT_FINALISE'] })).rejects.toMatchObject({
    code: 400,
  });
  expect((await bucket.getNotifications())[0]).toEqual([]);
});
