import { test } from 'vitest';
import { topicWithSubscription, uniqueName } from '../pubsub-client.ts';
import { type Contract, invalid, notFound, onlyOnce } from './contract.ts';

export function pullingContract(contract: Contract): void {
  test('a message is delivered until it is acknowledged, to every subscription', async ({ expect }) => {
    const { name, topic } = await topicWithSubscription(contract.the);
    const second = uniqueName('second');
    await topic.createSubscription(second);
    await contract.publish(name, [{ data: Buffer.from('one'), attributes: { a: 'b' } }]);
    const [received] = await contract.the.pull(name);
    expect(received).toMatchObject({ data: 'one', attributes: { a: 'b' } });
    expect(await contract.the.pull(name)).toEqual([]);
    await contract.the.subscriber.acknowledge({
      subscription: contract.the.subscriptionPath(name),
      ackIds: [received?.ackId ?? ''],
    });
    expect(await contract.the.pull(name)).toEqual([]);
    expect(await contract.the.pull(second)).toMatchObject([{ data: 'one' }]);
  });

  test('a refused message is delivered again', async ({ expect }) => {
    const { name } = await topicWithSubscription(contract.the);
    const [messageId] = await contract.publish(name, [{ data: Buffer.from('again') }]);
    await contract.nack(name, (await contract.the.pull(name))[0]?.ackId ?? '');
    await expect.poll(() => contract.the.pull(name), { timeout: 5_000 }).toMatchObject([{ data: 'again', messageId }]);
  });

  test('a pull waits for the first message', async ({ expect }) => {
    const { name } = await topicWithSubscription(contract.the);
    const pulled = contract.the.subscriber.pull({ subscription: contract.the.subscriptionPath(name), maxMessages: 5 });
    setTimeout(() => void contract.publish(name, [{ data: Buffer.from('late') }]), 100);
    const [{ receivedMessages }] = await pulled;
    expect(receivedMessages?.map(({ message }) => String(message?.data))).toEqual(['late']);
  });

  contract.unless('deletion', 'a pull that waits ends when its subscription is deleted', async ({ expect }) => {
    const { subscription } = await topicWithSubscription(contract.the);
    const request = { subscription: subscription.name, maxMessages: 1 };
    const pulled = contract.the.subscriber.pull(request, { ...onlyOnce, timeout: 3_000 });
    setTimeout(() => void subscription.delete(), 50);
    await expect(pulled).rejects.toMatchObject(notFound);
  });

  test('an invalid ack id is refused', async ({ expect }) => {
    const { name } = await topicWithSubscription(contract.the);
    const request = { subscription: contract.the.subscriptionPath(name), ackIds: ['nonsense'] };
    await expect(contract.the.subscriber.acknowledge(request)).rejects.toMatchObject(invalid);
    await expect(contract.the.subscriber.acknowledge({ ...request, ackIds: [] })).rejects.toMatchObject(invalid);
    await expect(
      contract.the.subscriber.modifyAckDeadline({ ...request, ackDeadlineSeconds: 10 }),
    ).rejects.toMatchObject(invalid);
  });

  test('messages of one ordering key are pulled in their order, and not past an open one', async ({ expect }) => {
    const { name } = await topicWithSubscription(contract.the, { enableMessageOrdering: true });
    await contract.publish(
      name,
      ['1', '2', '3'].map((data) => ({ data: Buffer.from(data), orderingKey: 'tenant' })),
    );
    const received = await contract.the.pull(name);
    expect(received.map(({ data, orderingKey }) => [data, orderingKey])).toEqual(
      ['1', '2', '3'].map((data) => [data, 'tenant']),
    );
    await contract.publish(name, [{ data: Buffer.from('4'), orderingKey: 'tenant' }]);
    const acknowledged = received.slice(0, 2).map(({ ackId }) => ackId);
    await contract.the.subscriber.acknowledge({
      subscription: contract.the.subscriptionPath(name),
      ackIds: acknowledged,
    });
    expect(await contract.the.pull(name)).toEqual([]);
  });

  contract.unless('pull of a push subscription', 'a push subscription cannot be pulled', async ({ expect }) => {
    const { name } = await topicWithSubscription(contract.the, { pushEndpoint: 'http://127.0.0.1:9/' });
    await expect(contract.the.pull(name)).rejects.toMatchObject({ code: 9 });
  });
}
