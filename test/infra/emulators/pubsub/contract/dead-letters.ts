import type { Message } from '@google-cloud/pubsub';
import { expect, test } from 'vitest';
import { type Connection, topicWithSubscription, uniqueName } from '../pubsub-client.ts';
import type { Contract } from './contract.ts';

type Letter = Awaited<ReturnType<Connection['pull']>>[number];

/** Refuses a message until it is dead-lettered. */
async function bury(contract: Contract) {
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
  const letters: Letter[] = [];
  const look = async () => letters.push(...(await contract.the.pull(graveyard)));
  await expect.poll(look, { timeout: 15_000 }).toBe(1);
  await subscription.close();
  return { name, attempts, messageId, letter: letters[0] };
}

export function deadLettersContract(contract: Contract): void {
  test('a message becomes a new one on the dead-letter topic after its attempts, with its source', async ({
    expect,
  }) => {
    const { name, attempts, messageId, letter } = await bury(contract);
    expect(attempts).toEqual([1, 2, 3, 4, 5]);
    expect(letter).toMatchObject({ data: 'poison', deliveryAttempt: 0 });
    expect(letter?.messageId).not.toBe(messageId);
    expect(letter?.attributes).toEqual({
      a: 'b',
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
      CloudPubSubDeadLetterSourceSubscription: name,
      CloudPubSubDeadLetterSourceSubscriptionProject: 'pincast-test',
      CloudPubSubDeadLetterSourceTopicPublishTime: expect.any(String),
    });
    expect(await contract.the.pull(name)).toEqual([]);
  });

  contract.unless('dead-letter time', 'the original publish time has a numeric offset', async ({ expect }) => {
    const { letter } = await bury(contract);
    const time = letter?.attributes.CloudPubSubDeadLetterSourceTopicPublishTime;
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/);
  });
}
