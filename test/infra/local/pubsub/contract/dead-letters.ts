import type { Message } from '@google-cloud/pubsub';
import { test } from 'vitest';
import { type Connection, topicWithSubscription, uniqueName } from '../pubsub-client.ts';
import type { Contract } from './contract.ts';

export function deadLettersContract(contract: Contract): void {
  test('after its attempts a message is published to the dead-letter topic, as a new message that says where it is from', async ({
    expect,
  }) => {
    const [dead] = await contract.the.pubsub.createTopic(uniqueName('dead'));
    const graveyard = uniqueName('graveyard');
    await dead.createSubscription(graveyard);
    const deadLetterPolicy = { deadLetterTopic: dead.name, maxDeliveryAttempts: 5 };
    const { name, subscription } = await topicWithSubscription(contract.the, { deadLetterPolicy });
    const attempts: number[] = [];
    subscription.on('message', (message: Message) => {
      attempts.push(message.deliveryAttempt);
      message.nack();
    });
    const [messageId] = await contract.publish(name, [{ data: Buffer.from('poison'), attributes: { a: 'b' } }]);
    const letters: Awaited<ReturnType<Connection['pull']>> = [];
    const look = async () => letters.push(...(await contract.the.pull(graveyard)));
    await expect.poll(look, { timeout: 15_000 }).toBe(1);
    await subscription.close();
    expect(attempts).toEqual([1, 2, 3, 4, 5]);
    expect(letters[0]).toMatchObject({ data: 'poison', deliveryAttempt: 0 });
    expect(letters[0]?.messageId).not.toBe(messageId);
    expect(letters[0]?.attributes).toEqual({
      a: 'b',
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
      CloudPubSubDeadLetterSourceSubscription: name,
      CloudPubSubDeadLetterSourceSubscriptionProject: 'pincast-test',
      CloudPubSubDeadLetterSourceTopicPublishTime: expect.stringMatching(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|\+00:00)$/,
      ),
    });
    expect(await contract.the.pull(name)).toEqual([]);
  });
}
