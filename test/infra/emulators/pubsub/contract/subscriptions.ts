import { test } from 'vitest';
import { topicWithSubscription, uniqueName } from '../pubsub-client.ts';
import { alreadyExists, type Contract, invalid, notFound } from './contract.ts';

export function subscriptionsContract(contract: Contract): void {
  test('a subscription can be created, read, listed and deleted', async ({ expect }) => {
    const { name, topic, subscription } = await topicWithSubscription(contract.the, { ackDeadlineSeconds: 20 });
    const [metadata] = await subscription.getMetadata();
    expect(metadata).toMatchObject({
      name: contract.the.subscriptionPath(name),
      topic: topic.name,
      ackDeadlineSeconds: 20,
    });
    expect((await topic.getSubscriptions())[0].map((each) => each.name)).toEqual([contract.the.subscriptionPath(name)]);
    expect((await contract.the.pubsub.getSubscriptions())[0].map((each) => each.name)).toContain(
      contract.the.subscriptionPath(name),
    );
    await expect(topic.createSubscription(name)).rejects.toMatchObject(alreadyExists);
    await subscription.delete();
    await expect(subscription.getMetadata()).rejects.toMatchObject(notFound);
    await expect(subscription.delete()).rejects.toMatchObject(notFound);
  });

  test('an update changes the fields that its mask names, and no others', async ({ expect }) => {
    const { name, subscription } = await topicWithSubscription(contract.the, { ackDeadlineSeconds: 20 });
    const asked = { name: subscription.name, ackDeadlineSeconds: 33, labels: { ignored: 'yes' } };
    await contract.the.subscriber.updateSubscription({
      subscription: asked,
      updateMask: { paths: ['ack_deadline_seconds'] },
    });
    const retryPolicy = { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 2 } };
    await subscription.setMetadata({ retryPolicy });
    const [metadata] = await contract.the.pubsub.subscription(name).getMetadata();
    expect(metadata).toMatchObject({ ackDeadlineSeconds: 33, labels: {} });
    expect(metadata.retryPolicy).toMatchObject({
      minimumBackoff: { seconds: '1' },
      maximumBackoff: { seconds: '2' },
    });
  });

  test.for(['topic', 'filter', 'name', 'nonsense'])('an update of %s is refused', async (path, { expect }) => {
    const { subscription } = await topicWithSubscription(contract.the);
    const asked = { name: subscription.name, topic: contract.the.topicPath('other'), filter: 'attributes:a' };
    const request = { subscription: asked, updateMask: { paths: [path] } };
    const [before] = await subscription.getMetadata();
    await expect(contract.the.subscriber.updateSubscription(request)).rejects.toMatchObject(invalid);
    expect((await subscription.getMetadata())[0]).toEqual(before);
  });

  test('an update without a mask is refused', async ({ expect }) => {
    const { subscription } = await topicWithSubscription(contract.the);
    const request = { subscription: { name: subscription.name, ackDeadlineSeconds: 30 } };
    await expect(contract.the.subscriber.updateSubscription(request)).rejects.toMatchObject(invalid);
  });

  const wrong = {
    'an ack deadline above 600 s': [{ ackDeadlineSeconds: 601 }, 3],
    'a backoff above 600 s': [{ retryPolicy: { minimumBackoff: { seconds: 700 } } }, 3],
    'a push endpoint that is no URL': [{ pushConfig: { pushEndpoint: 'nonsense' } }, 3],
    'fewer than 5 delivery attempts': [{ deadLetterPolicy: { maxDeliveryAttempts: 4 } }, 11],
    'more than 100 delivery attempts': [{ deadLetterPolicy: { maxDeliveryAttempts: 101 } }, 11],
  } as const;
  for (const [what, [options, code]] of Object.entries(wrong)) {
    test(`${what} is refused`, async ({ expect }) => {
      const [topic] = await contract.the.pubsub.createTopic(uniqueName('topic'));
      const deadLetter =
        'deadLetterPolicy' in options
          ? { deadLetterPolicy: { ...options.deadLetterPolicy, deadLetterTopic: topic.name } }
          : {};
      const request = {
        name: contract.the.subscriptionPath(uniqueName('wrong')),
        topic: topic.name,
        ...options,
        ...deadLetter,
      };
      await expect(contract.the.subscriber.createSubscription(request)).rejects.toMatchObject({ code });
      expect((await topic.getSubscriptions())[0]).toEqual([]);
    });
  }

  test('a dead-letter topic that does not exist is NOT_FOUND', async ({ expect }) => {
    const [topic] = await contract.the.pubsub.createTopic(uniqueName('topic'));
    const deadLetterPolicy = { deadLetterTopic: contract.the.topicPath('nowhere'), maxDeliveryAttempts: 5 };
    await expect(topic.createSubscription(uniqueName('sub'), { deadLetterPolicy })).rejects.toMatchObject(notFound);
  });

  contract.unless('short deadline', 'an ack deadline below 10 s is refused', async ({ expect }) => {
    const [topic] = await contract.the.pubsub.createTopic(uniqueName('topic'));
    const created = topic.createSubscription(uniqueName('sub'), { ackDeadlineSeconds: 5 });
    await expect(created).rejects.toMatchObject(invalid);
  });

  contract.unless(
    'filter',
    'a filter passes matching messages, and an invalid filter is refused',
    async ({ expect }) => {
      const { name, topic } = await topicWithSubscription(contract.the, {
        filter: 'attributes.kind = "pin" AND NOT attributes:draft',
      });
      await contract.publish(name, [
        { attributes: { kind: 'pin' } },
        { attributes: { kind: 'pin', draft: '' } },
        { data: Buffer.from('x') },
      ]);
      expect((await contract.the.pull(name)).map(({ attributes }) => attributes)).toEqual([{ kind: 'pin' }]);
      const broken = topic.createSubscription(uniqueName('sub'), { filter: 'attributes.kind = ' });
      await expect(broken).rejects.toMatchObject(invalid);
    },
  );

  contract.unless('seek', 'an unserved method answers UNIMPLEMENTED with its name', async ({ expect }) => {
    const { subscription } = await topicWithSubscription(contract.the);
    await expect(subscription.seek(new Date())).rejects.toMatchObject({
      code: 12,
      details: expect.stringContaining('Seek'),
    });
  });
}
