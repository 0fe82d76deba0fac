import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LocalPubsub, type PubsubOptions, startPubsub } from '../../../../infra/emulators/pubsub/server.ts';
import { type Connection, connect, uniqueName } from './pubsub-client.ts';
import { openPushEndpoint } from './push-endpoint.ts';

let stateDir: string;
let running: { server: LocalPubsub; the: Connection } | undefined;

async function stop() {
  await running?.the.close();
  await running?.server.close();
  running = undefined;
}

/** Stops what runs and starts it again on the same state. */
async function restart(options: PubsubOptions = {}): Promise<Connection> {
  await stop();
  const server = await startPubsub({ stateDir, ...options });
  running = { server, the: connect(server.endpoint) };
  return running.the;
}

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'pubsub-state-'));
});
afterEach(async () => {
  await stop();
  rmSync(stateDir, { recursive: true });
});

async function withSubscription(the: Connection, options: object = {}) {
  const name = uniqueName('kept');
  const [topic] = await the.pubsub.createTopic({ name, labels: { kept: 'yes' } });
  const [subscription] = await topic.createSubscription(name, options);
  const publish = (data: string) =>
    topic.publishMessage({ data: Buffer.from(data), attributes: { of: data }, orderingKey: '' });
  return { name, topic, subscription, publish };
}

const dataOf = async (the: Connection, name: string) => (await the.pull(name)).map(({ data }) => data);

describe('a restart of Pub/Sub', () => {
  test('keeps topics, subscriptions and every unacknowledged message', async () => {
    const before = await restart();
    const retryPolicy = { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 2 } };
    const { name, subscription, publish } = await withSubscription(before, {
      filter: 'attributes:of',
      ackDeadlineSeconds: 20,
    });
    await subscription.setMetadata({ retryPolicy });
    const ids = [await publish('acknowledged'), await publish('open'), await publish('waiting')];
    const [acknowledged] = await before.pull(name, 1);
    await before.subscriber.acknowledge({ subscription: subscription.name, ackIds: [acknowledged?.ackId ?? ''] });
    await before.pull(name, 1);
    const [was] = await subscription.getMetadata();

    const after = await restart();
    expect((await after.pubsub.subscription(name).getMetadata())[0]).toEqual(was);
    expect((await after.pubsub.topic(name).getMetadata())[0].labels).toEqual({ kept: 'yes' });
    const pulled = await after.pull(name);
    expect(pulled.map(({ data, messageId, attributes }) => [data, messageId, attributes])).toEqual([
      ['open', ids[1], { of: 'open' }],
      ['waiting', ids[2], { of: 'waiting' }],
    ]);
  });

  test('keeps deletions of subscriptions and topics', async () => {
    const before = await restart();
    const { name, topic, subscription, publish } = await withSubscription(before);
    await publish('gone');
    await subscription.delete();
    await topic.createSubscription(name);
    const other = await withSubscription(before);
    await other.publish('orphaned');
    await other.topic.delete();

    const after = await restart();
    expect(await dataOf(after, name)).toEqual([]);
    expect(await dataOf(after, other.name)).toEqual(['orphaned']);
    expect((await after.pubsub.subscription(other.name).getMetadata())[0].topic).toBe('_deleted-topic_');
    await expect(after.pubsub.topic(other.name).getMetadata()).rejects.toMatchObject({ code: 5 });
  });

  test('keeps the count of a message’s failures', async () => {
    const before = await restart();
    const [dead] = await before.pubsub.createTopic(uniqueName('dead'));
    const deadLetterPolicy = { deadLetterTopic: dead.name, maxDeliveryAttempts: 5 };
    const { name, subscription, publish } = await withSubscription(before, { deadLetterPolicy });
    await publish('poison');
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const ackIds = (await before.pull(name)).map(({ ackId }) => ackId);
      await before.subscriber.modifyAckDeadline({ subscription: subscription.name, ackIds, ackDeadlineSeconds: 0 });
    }
    expect(await (await restart()).pull(name)).toMatchObject([{ deliveryAttempt: 3 }]);
  });

  test('repeats a push that it interrupted, without counting a failure', async () => {
    const endpoint = await openPushEndpoint(() => undefined);
    const before = await restart();
    const [dead] = await before.pubsub.createTopic(uniqueName('dead'));
    const deadLetterPolicy = { deadLetterTopic: dead.name, maxDeliveryAttempts: 5 };
    const { publish } = await withSubscription(before, { deadLetterPolicy, pushEndpoint: endpoint.url });
    await publish('cut off');
    await expect.poll(() => endpoint.pushes.length).toBe(1);
    await restart();
    await expect.poll(() => endpoint.pushes.length).toBe(2);
    expect(endpoint.pushes.map(({ body }) => body.deliveryAttempt)).toEqual([1, 1]);
    await endpoint.close();
  });

  test('continues increasing message ids, also when the clock was set back', async () => {
    const before = await restart();
    const first = await (await withSubscription(before)).publish('first');
    const after = await restart({ now: () => new Date(0) });
    const { publish } = await withSubscription(after);
    const second = await publish('second');
    const third = await (await withSubscription(await restart({ now: () => new Date(0) }))).publish('third');
    expect([second, third].map(Number)).toEqual([Number(first) + 1, Number(first) + 2]);
  });

  test('drops a torn last line and nothing else', async () => {
    const before = await restart();
    const { name, publish } = await withSubscription(before);
    await publish('whole');
    await stop();
    appendFileSync(join(stateDir, 'pubsub.jsonl'), '{"kind":"message","message":{"messageId":"9');
    const after = await restart();
    await after.pubsub.topic(name).publishMessage({ data: Buffer.from('later') });
    expect(await dataOf(await restart(), name)).toEqual(['whole', 'later']);
  });

  test('refuses a damaged journal, and leaves it as it is', async () => {
    await restart();
    await stop();
    const path = join(stateDir, 'pubsub.jsonl');
    appendFileSync(path, 'what is this\n{"kind":"last-id","messageId":1}\n');
    const before = readFileSync(path, 'utf8');
    await expect(startPubsub({ stateDir })).rejects.toThrow(/pubsub\.jsonl:1 \(byte 0\): expected a line of JSON/);
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  test('drops acknowledged messages from the journal', async () => {
    const before = await restart();
    const { name, subscription, publish } = await withSubscription(before);
    for (let count = 0; count < 50; count += 1) await publish(`message ${count}`);
    const ackIds = (await before.pull(name)).map(({ ackId }) => ackId);
    await before.subscriber.acknowledge({ subscription: subscription.name, ackIds });
    await restart();
    const lines = readFileSync(join(stateDir, 'pubsub.jsonl'), 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).kind)).toEqual(['last-id', 'topic', 'subscription']);
  });

  test('drops a message older than the retention', async () => {
    const { name, publish } = await withSubscription(await restart());
    await publish('old');
    const inTenDays = new Date(Date.now() + 10 * 86_400_000);
    expect(await dataOf(await restart({ now: () => inTenDays }), name)).toEqual([]);
  });

  test('keeps nothing without a state directory', async () => {
    const server = await startPubsub();
    const the = connect(server.endpoint);
    await the.pubsub.createTopic('forgotten');
    await the.close();
    await server.close();
    const port = Number(server.endpoint.split(':')[1]);
    const again = await startPubsub({ port });
    const client = connect(again.endpoint);
    await expect(client.pubsub.topic('forgotten').getMetadata()).rejects.toMatchObject({ code: 5 });
    await client.close();
    await again.close();
  });
});
