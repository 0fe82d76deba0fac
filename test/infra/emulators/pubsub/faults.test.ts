import { afterEach, describe, expect, test } from 'vitest';
import type { Call, Fault } from '../../../../infra/emulators/faults.ts';
import { type LocalPubsub, startPubsub } from '../../../../infra/emulators/pubsub/server.ts';
import { type Connection, connect, topicWithSubscription, uniqueName } from './pubsub-client.ts';
import { openPushEndpoint } from './push-endpoint.ts';

let server: LocalPubsub | undefined;
let the: Connection;
const closing: (() => Promise<void>)[] = [];

/** A server whose next calls of a method go wrong, one by one, in this way. */
async function failing(method: string, ...faults: Fault[]) {
  const calls: Call[] = [];
  const queue = [...faults];
  server = await startPubsub({
    faults(call) {
      if (call.method !== method) return undefined;
      calls.push(call);
      return queue.shift();
    },
  });
  the = connect(server.endpoint);
  return calls;
}

afterEach(async () => {
  await the?.close();
  await server?.close();
  for (const close of closing.splice(0)) await close();
});

const once = { retry: { retryCodes: [], backoffSettings: undefined as never } };

async function publishOnce(name: string, data = 'x') {
  return the.publisher.publish({ topic: the.topicPath(name), messages: [{ data: Buffer.from(data) }] }, once);
}

const dataOf = async (name: string) => (await the.pull(name)).map(({ data }) => data);

describe('a fault over gRPC', () => {
  test.each([
    [429, 8],
    [503, 14],
    [403, 7],
    [500, 13],
    [418, 2],
  ])('HTTP status %i is code %i, and nothing is published', async (status, code) => {
    const calls = await failing('Publish', { kind: 'status', status });
    const { name } = await topicWithSubscription(the);
    await expect(publishOnce(name)).rejects.toMatchObject({ code });
    expect(await dataOf(name)).toEqual([]);
    expect(calls).toEqual([{ service: 'pubsub', method: 'Publish', resource: the.topicPath(name) }]);
  });

  test('a reset publishes nothing, and the client publishes again', async () => {
    const calls = await failing('Publish', { kind: 'reset' }, { kind: 'reset' });
    const { name, topic } = await topicWithSubscription(the);
    await expect(publishOnce(name)).rejects.toMatchObject({ code: 14 });
    expect(await dataOf(name)).toEqual([]);
    await topic.publishMessage({ data: Buffer.from('once') });
    expect(calls.length).toBe(3);
    expect(await dataOf(name)).toEqual(['once']);
  });

  test.each([{ kind: 'lost-response' }, { kind: 'truncate', bytes: 1 }] as const)(
    'a $kind publishes, so that a retry publishes twice',
    async (fault) => {
      await failing('Publish', fault);
      const { name, topic } = await topicWithSubscription(the);
      await topic.publishMessage({ data: Buffer.from('twice') });
      expect(await dataOf(name)).toEqual(['twice', 'twice']);
    },
  );

  test('a delayed call is answered later', async () => {
    await failing('Publish', { kind: 'delay', milliseconds: 100 });
    const { name } = await topicWithSubscription(the);
    const before = performance.now();
    await publishOnce(name);
    expect(performance.now() - before).toBeGreaterThan(95);
  });

  test('the client opens a refused stream again', async () => {
    const calls = await failing('StreamingPull', { kind: 'status', status: 503 }, { kind: 'reset' });
    const { name, subscription } = await topicWithSubscription(the);
    const seen: string[] = [];
    subscription.on('message', (message) => {
      seen.push(message.data.toString());
      message.ack();
    });
    await publishOnce(name, 'arrives');
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['arrives']);
    expect(calls.length).toBeGreaterThanOrEqual(3);
    await subscription.close();
  });
});

describe('a fault over REST', () => {
  const publish = (name: string) => the.rest('POST', `topics/${name}:publish`, { messages: [{ data: 'eA==' }] });

  test('a status answers with that status and publishes nothing', async () => {
    await failing('Publish', { kind: 'status', status: 503 });
    const { name } = await topicWithSubscription(the);
    expect(await publish(name)).toMatchObject({ status: 503, body: { error: { code: 503, status: 'UNAVAILABLE' } } });
    expect(await dataOf(name)).toEqual([]);
  });

  test.each([
    [{ kind: 'reset' }, []],
    [{ kind: 'lost-response' }, ['x']],
    [{ kind: 'truncate', bytes: 5 }, ['x']],
  ] as [Fault, string[]][])('%j breaks the connection', async (fault, published) => {
    await failing('Publish', fault);
    const { name } = await topicWithSubscription(the);
    await expect(publish(name)).rejects.toThrow();
    expect(await dataOf(name)).toEqual(published);
  });
});

describe('a fault of a push', () => {
  async function pushOnce(...faults: Fault[]) {
    const calls = await failing('Push', ...faults);
    const endpoint = await openPushEndpoint();
    closing.push(endpoint.close);
    const { name } = await topicWithSubscription(the, { pushEndpoint: endpoint.url });
    await publishOnce(name);
    await expect.poll(() => calls.length).toBe(faults.length + 1);
    expect(calls[0]).toEqual({ service: 'pubsub', method: 'Push', resource: the.subscriptionPath(name) });
    return endpoint;
  }

  test.each([{ kind: 'status', status: 500 }, { kind: 'reset' }] as Fault[])(
    'the endpoint gets the message once after %j',
    async (fault) => {
      const endpoint = await pushOnce(fault);
      await expect.poll(() => endpoint.pushes.length).toBe(1);
    },
  );

  test('the endpoint gets the message twice after a lost response', async () => {
    const endpoint = await pushOnce({ kind: 'lost-response' });
    await expect.poll(() => endpoint.data()).toEqual(['x', 'x']);
  });

  test('a truncated push is delivered again in full', async () => {
    const endpoint = await pushOnce({ kind: 'truncate', bytes: 10 });
    await expect.poll(() => endpoint.data()).toEqual(['x']);
  });

  test('an acknowledging status loses the message before any endpoint receives it', async () => {
    const calls = await failing('Push', { kind: 'status', status: 204 });
    const endpoint = await openPushEndpoint();
    closing.push(endpoint.close);
    const name = uniqueName('lost');
    const [topic] = await the.pubsub.createTopic(name);
    await topic.createSubscription(name, { pushEndpoint: endpoint.url });
    await publishOnce(name, 'first');
    await expect.poll(() => calls.length).toBe(1);
    await publishOnce(name, 'second');
    await expect.poll(() => endpoint.data()).toEqual(['second']);
  });
});
