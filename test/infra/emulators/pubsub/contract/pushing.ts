import { test } from 'vitest';
import { topicWithSubscription, uniqueName } from '../pubsub-client.ts';
import { openPushEndpoint } from '../push-endpoint.ts';
import type { Contract } from './contract.ts';

export function pushingContract(contract: Contract): void {
  async function pushTo(endpoint: { url: string }, options: object = {}, query = '') {
    return topicWithSubscription(contract.the, { pushEndpoint: `${endpoint.url}${query}`, ...options });
  }

  test('a message is posted in the push envelope', async ({ expect, onTestFinished }) => {
    const endpoint = await openPushEndpoint();
    onTestFinished(() => endpoint.close());
    const { name } = await pushTo(endpoint);
    const [messageId] = await contract.publish(name, [{ data: Buffer.from('{"a":1}'), attributes: { k: 'v' } }]);
    await expect.poll(() => endpoint.pushes.length, { timeout: 5_000 }).toBe(1);
    const [push] = endpoint.pushes;
    expect(push).toMatchObject({ method: 'POST', path: '/push', headers: { 'content-type': 'application/json' } });
    expect(push?.body).toMatchObject({ subscription: contract.the.subscriptionPath(name) });
    const message = push?.body.message;
    expect(message).toMatchObject({
      data: Buffer.from('{"a":1}').toString('base64'),
      attributes: { k: 'v' },
      messageId,
      message_id: messageId,
    });
    expect(message?.publishTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    expect(message?.publish_time).toBe(message?.publishTime);
  });

  test('204 acknowledges a push; 500 and 404 request it again', async ({ expect, onTestFinished }) => {
    const endpoint = await openPushEndpoint((_, before) => [500, 404][before] ?? 204);
    onTestFinished(() => endpoint.close());
    const { name, subscription } = await pushTo(endpoint);
    await contract.publish(name, [{ data: Buffer.from('x') }]);
    await expect.poll(() => endpoint.pushes.length, { timeout: 8_000 }).toBe(3);
    await subscription.modifyPushConfig({});
    expect(await contract.the.pull(name)).toEqual([]);
  });

  test('a dropped connection is a failed delivery', async ({ expect, onTestFinished }) => {
    const endpoint = await openPushEndpoint((_, before, response) => {
      if (before > 0) return 204;
      response.destroy();
      return undefined;
    });
    onTestFinished(() => endpoint.close());
    const { name } = await pushTo(endpoint);
    await contract.publish(name, [{ data: Buffer.from('x') }]);
    await expect.poll(() => endpoint.pushes.length, { timeout: 8_000 }).toBe(2);
  });

  contract.unless(
    'first backoff',
    'a retry policy sets how long a failed message waits',
    async ({ expect, onTestFinished }) => {
      const endpoint = await openPushEndpoint((_, before) => (before === 0 ? 500 : 204));
      onTestFinished(() => endpoint.close());
      const { name } = await pushTo(endpoint, {
        retryPolicy: { minimumBackoff: { seconds: 2 }, maximumBackoff: { seconds: 3 } },
      });
      await contract.publish(name, [{ data: Buffer.from('x') }]);
      await expect.poll(() => endpoint.pushes.length, { timeout: 8_000 }).toBe(2);
      const [first, second] = endpoint.pushes;
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(1_500);
    },
  );

  test('a failing message delays its own ordering key, in order, and no other', async ({ expect, onTestFinished }) => {
    let refusals = 1;
    const endpoint = await openPushEndpoint((push) => {
      const fails = Buffer.from(push.body.message.data ?? '', 'base64').toString() === 'a2' && refusals > 0;
      if (fails) refusals -= 1;
      return fails ? 503 : 204;
    });
    onTestFinished(() => endpoint.close());
    const { name } = await pushTo(endpoint, { enableMessageOrdering: true });
    const message = (data: string) => ({ data: Buffer.from(data), orderingKey: data.slice(0, 1) });
    await contract.publish(name, ['a1', 'a2', 'a3', 'b1', 'b2'].map(message));
    await expect.poll(() => endpoint.pushes.length, { timeout: 8_000 }).toBe(6);
    expect(endpoint.data().filter((data) => data.startsWith('a'))).toEqual(['a1', 'a2', 'a2', 'a3']);
    expect(endpoint.data().filter((data) => data.startsWith('b'))).toEqual(['b1', 'b2']);
  });

  contract.unless(
    'push envelope',
    'the envelope has the ordering key and, with a dead-letter policy, the attempt',
    async ({ expect, onTestFinished }) => {
      const endpoint = await openPushEndpoint();
      onTestFinished(() => endpoint.close());
      const [dead] = await contract.the.pubsub.createTopic(uniqueName('dead'));
      const deadLetterPolicy = { deadLetterTopic: dead.name, maxDeliveryAttempts: 5 };
      const { name } = await pushTo(endpoint, { deadLetterPolicy });
      await contract.publish(name, [{ data: Buffer.from('x'), orderingKey: 'tenant' }]);
      await expect.poll(() => endpoint.pushes.length, { timeout: 5_000 }).toBe(1);
      expect(endpoint.pushes[0]?.body).toMatchObject({ deliveryAttempt: 1, message: { orderingKey: 'tenant' } });
    },
  );

  contract.unless(
    'eventarc',
    'the URL of an Eventarc trigger gets a binary CloudEvent',
    async ({ expect, onTestFinished }) => {
      const endpoint = await openPushEndpoint();
      onTestFinished(() => endpoint.close());
      const topic = contract.the.topicPath('any-topic');
      const { name } = await pushTo(endpoint, {}, `?__GCP_CloudEventsMode=CUSTOM_PUBSUB_${encodeURIComponent(topic)}`);
      const [messageId] = await contract.publish(name, [{ attributes: { only: 'attributes' } }]);
      await expect.poll(() => endpoint.pushes.length, { timeout: 5_000 }).toBe(1);
      expect(endpoint.pushes[0]?.headers).toMatchObject({
        'ce-id': messageId,
        'ce-source': `//pubsub.googleapis.com/${topic}`,
        'ce-specversion': '1.0',
        'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
        'ce-time': endpoint.pushes[0]?.body.message.publishTime,
      });
      expect(endpoint.pushes[0]?.body).toMatchObject({
        message: { messageId },
        subscription: contract.the.subscriptionPath(name),
      });
    },
  );

  contract.unless('oidc', 'an OIDC token names the account and the audience', async ({ expect, onTestFinished }) => {
    const endpoint = await openPushEndpoint();
    onTestFinished(() => endpoint.close());
    const oidcToken = { serviceAccountEmail: 'pusher@pincast.test', audience: 'https://fan-out.test' };
    const { name } = await topicWithSubscription(contract.the, {
      pushConfig: { pushEndpoint: endpoint.url, oidcToken },
    });
    await contract.publish(name, [{ data: Buffer.from('x') }]);
    await expect.poll(() => endpoint.pushes.length, { timeout: 5_000 }).toBe(1);
    const [scheme, token = ''] = (endpoint.pushes[0]?.headers.authorization ?? '').split(' ');
    expect([scheme, token.split('.').length]).toEqual(['Bearer', 3]);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ email: 'pusher@pincast.test', aud: 'https://fan-out.test' });
  });

  contract.unless(
    'push backoff',
    'a failed message comes again within 100 ms without a retry policy, then later and later',
    async ({ expect, onTestFinished }) => {
      const endpoint = await openPushEndpoint((_, before) => (before < 3 ? 500 : 204));
      onTestFinished(() => endpoint.close());
      const { name } = await pushTo(endpoint);
      await contract.publish(name, [{ data: Buffer.from('x') }]);
      await expect.poll(() => endpoint.pushes.length, { timeout: 1_500 }).toBe(4);
    },
  );
}
