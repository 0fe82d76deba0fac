import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '@google-cloud/pubsub';
import { test } from 'vitest';
import { topicWithSubscription } from '../pubsub-client.ts';
import { type Contract, notFound } from './contract.ts';

export function streamingContract(contract: Contract): void {
  test('subscription.on("message") gets every message, and again what it refused', async ({ expect }) => {
    const { name, subscription } = await topicWithSubscription(contract.the);
    const seen: string[] = [];
    subscription.on('message', (message: Message) => {
      const text = message.data.toString();
      if (text === 'twice' && !seen.includes('twice')) message.nack();
      else message.ack();
      seen.push(text);
    });
    await contract.publish(
      name,
      ['once', 'twice'].map((data) => ({ data: Buffer.from(data) })),
    );
    await expect.poll(() => [...seen].sort(), { timeout: 5_000 }).toEqual(['once', 'twice', 'twice']);
    await subscription.close();
    expect(await contract.the.pull(name)).toEqual([]);
  });

  test('flow control withholds messages beyond the client’s capacity', async ({ expect }) => {
    const { name } = await topicWithSubscription(contract.the);
    const subscription = contract.the.pubsub.subscription(name, {
      flowControl: { maxMessages: 2, allowExcessMessages: false },
    });
    const open: Message[] = [];
    subscription.on('message', (message: Message) => open.push(message));
    await contract.publish(
      name,
      ['1', '2', '3', '4', '5'].map((data) => ({ data: Buffer.from(data) })),
    );
    await expect.poll(() => open.length, { timeout: 5_000 }).toBe(2);
    for (let done = 0; done < 5; done += 1) {
      await expect.poll(() => open.length, { timeout: 5_000 }).toBeGreaterThan(done);
      open[done]?.ack();
    }
    expect(new Set(open.map(({ data }) => data.toString())).size).toBe(5);
    await subscription.close();
  });

  contract.unless('flow control', 'the server itself sends at most what the client accepts', async ({ expect }) => {
    const { name } = await topicWithSubscription(contract.the);
    const stream = contract.the.subscriber.streamingPull();
    const ackIds: string[] = [];
    stream.on('data', ({ receivedMessages }) => {
      for (const { ackId } of receivedMessages) ackIds.push(ackId);
    });
    stream.on('error', () => {});
    const subscription = contract.the.subscriptionPath(name);
    stream.write({ subscription, streamAckDeadlineSeconds: 10, maxOutstandingMessages: 2 });
    await contract.publish(
      name,
      ['1', '2', '3', '4', '5'].map((data) => ({ data: Buffer.from(data) })),
    );
    await expect.poll(() => ackIds.length, { timeout: 2_000 }).toBe(2);
    await sleep(200);
    expect(ackIds).toHaveLength(2);
    stream.write({ ackIds: ackIds.slice(0, 1) });
    await expect.poll(() => ackIds.length, { timeout: 5_000 }).toBe(3);
    stream.end();
  });

  test('a stream of a subscription that does not exist fails with NOT_FOUND', async ({ expect }) => {
    const subscription = contract.the.pubsub.subscription('nowhere');
    const failed = new Promise((resolve) => subscription.on('error', resolve));
    subscription.on('message', () => {});
    expect(await failed).toMatchObject(notFound);
    await subscription.close();
  });
}
