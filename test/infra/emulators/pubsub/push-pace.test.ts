import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { redeliveryDelay } from '../../../../infra/emulators/pubsub/broker/backoff.ts';
import { pushDelivery } from '../../../../infra/emulators/pubsub/push/push-delivery.ts';
import { afterFailure, afterSuccess, firstWindow } from '../../../../infra/emulators/pubsub/push/push-window.ts';
import { type LocalPubsub, startPubsub } from '../../../../infra/emulators/pubsub/server.ts';
import { type Connection, connect, topicWithSubscription } from './pubsub-client.ts';
import { openPushEndpoint } from './push-endpoint.ts';

const pulled = { pushEndpoint: '', attributes: {}, oidcToken: null };
const pushed = { ...pulled, pushEndpoint: 'http://127.0.0.1/' };
const policy = (minimum: string, maximum: string) => ({
  minimumBackoff: { seconds: minimum, nanos: 0 },
  maximumBackoff: { seconds: maximum, nanos: 0 },
});

describe('redeliveryDelay', () => {
  test.each([
    ['of a pulled message without a policy', { pushConfig: pulled, retryPolicy: null }, [0, 0, 0, 0]],
    ['of a pushed message without a policy', { pushConfig: pushed, retryPolicy: null }, [100, 200, 400, 60_000]],
    ['with a policy', { pushConfig: pulled, retryPolicy: policy('1', '3') }, [1_000, 2_000, 3_000, 3_000]],
    [
      'with an empty policy',
      { pushConfig: pushed, retryPolicy: { minimumBackoff: null, maximumBackoff: null } },
      [10_000, 20_000, 40_000, 600_000],
    ],
  ])('the delay %s grows as documented', (_, subscription, expected) => {
    expect([1, 2, 3, 100].map((failures) => redeliveryDelay(subscription, failures))).toEqual(expected);
  });
});

test('the push window doubles per round of successes to 1,000 and halves per failure to one', () => {
  let window = firstWindow;
  for (let success = 0; success < 4; success += 1) window = afterSuccess(window);
  expect(window).toEqual({ size: 2 * firstWindow.size });
  for (let success = 0; success < 2_000; success += 1) window = afterSuccess(window);
  expect(window).toEqual({ size: 1_000 });
  expect(afterFailure(window)).toEqual({ size: 500 });
  for (let failure = 0; failure < 20; failure += 1) window = afterFailure(window);
  expect(window).toEqual({ size: 1 });
});

describe('pushDelivery.deliver', () => {
  const request = (url: string) => ({
    url: new URL(url),
    headers: { 'content-type': 'application/json' },
    body: Buffer.from('{"message":{}}'),
  });

  test('returns false for an endpoint that answers after the deadline', async () => {
    const endpoint = await openPushEndpoint(() => undefined);
    const delivery = pushDelivery();
    expect(await delivery.deliver(request(endpoint.url), 50, undefined)).toBe(false);
    expect(endpoint.pushes).toHaveLength(1);
    delivery.close();
    await endpoint.close();
  });

  test('returns false if no server listens', async () => {
    const endpoint = await openPushEndpoint();
    await endpoint.close();
    const delivery = pushDelivery();
    expect(await delivery.deliver(request(endpoint.url), 1_000, undefined)).toBe(false);
    delivery.close();
  });

  test('returns false for a delivery that the server’s close interrupts', async () => {
    const endpoint = await openPushEndpoint(() => undefined);
    const delivery = pushDelivery();
    const delivered = delivery.deliver(request(endpoint.url), 60_000, undefined);
    await expect.poll(() => endpoint.pushes.length).toBe(1);
    delivery.close();
    expect(await delivered).toBe(false);
    await endpoint.close();
  });
});

describe('pushing to an endpoint', () => {
  let server: LocalPubsub;
  let the: Connection;
  beforeEach(async () => {
    server = await startPubsub();
    the = connect(server.endpoint);
  });
  afterEach(async () => {
    await the.close();
    await server.close();
  });

  async function publishMany(name: string, count: number) {
    const messages = Array.from({ length: count }, (_, index) => ({ data: Buffer.from(String(index)) }));
    await the.publisher.publish({ topic: the.topicPath(name), messages });
  }

  test('the window starts with four pushes and doubles per round', async () => {
    const held: (() => void)[] = [];
    const endpoint = await openPushEndpoint((_, __, response) => {
      held.push(() => response.writeHead(204).end());
      return undefined;
    });
    const { name } = await topicWithSubscription(the, { pushEndpoint: endpoint.url });
    await publishMany(name, 200);
    const rounds: number[] = [];
    for (let done = 0; done < 200; done += rounds.at(-1) ?? 0) {
      const expected = Math.min(200 - done, 2 * (rounds.at(-1) ?? 2));
      await expect.poll(() => held.length, { timeout: 5_000 }).toBe(expected);
      rounds.push(held.length);
      for (const answer of held.splice(0)) answer();
    }
    expect(rounds).toEqual([4, 8, 16, 32, 64, 76]);
    expect(new Set(endpoint.data()).size).toBe(200);
    await endpoint.close();
  });

  test('a failing endpoint gets one push at a time', async () => {
    const held: ServerResponse[] = [];
    const endpoint = await openPushEndpoint((_, __, response) => {
      held.push(response);
      return undefined;
    });
    const { name } = await topicWithSubscription(the, { pushEndpoint: endpoint.url });
    await publishMany(name, 20);
    await expect.poll(() => held.length).toBe(4);
    for (const response of held.splice(0)) response.writeHead(500).end();
    await expect.poll(() => held.length).toBe(1);
    await sleep(50);
    expect(held).toHaveLength(1);
    await endpoint.close();
  });

  test('an endpoint that fails at first gets every message in the end', async () => {
    const endpoint = await openPushEndpoint((_, before) => (before < 20 ? 500 : 204));
    const { name } = await topicWithSubscription(the, { pushEndpoint: endpoint.url });
    await publishMany(name, 50);
    await expect.poll(() => new Set(endpoint.data().slice(20)).size, { timeout: 10_000 }).toBe(50);
    await endpoint.close();
  });

  test('a change from pull to push and back applies to waiting messages', async () => {
    const endpoint = await openPushEndpoint();
    const { name, subscription } = await topicWithSubscription(the);
    await publishMany(name, 1);
    await subscription.modifyPushConfig({ pushEndpoint: endpoint.url });
    await expect.poll(() => endpoint.data()).toEqual(['0']);
    await subscription.modifyPushConfig({});
    await publishMany(name, 1);
    expect(await the.pull(name)).toMatchObject([{ data: '0' }]);
    expect(endpoint.pushes).toHaveLength(1);
    await endpoint.close();
  });
});
