import { test } from 'vitest';
import { topicWithSubscription, uniqueName } from '../pubsub-client.ts';
import { alreadyExists, type Contract, invalid, notFound, onlyOnce } from './contract.ts';

export function topicsContract(contract: Contract): void {
  test('a topic can be created, read, listed and deleted', async ({ expect }) => {
    const name = uniqueName('topic');
    await contract.the.pubsub.createTopic({ name, labels: { team: 'sandbox' } });
    const [{ labels }] = await contract.the.pubsub.topic(name).getMetadata();
    expect(labels).toEqual({ team: 'sandbox' });
    const [topics] = await contract.the.pubsub.getTopics();
    expect(topics.map((topic) => topic.name)).toContain(contract.the.topicPath(name));
    await contract.the.pubsub.topic(name).delete();
    await expect(contract.the.pubsub.topic(name).getMetadata()).rejects.toMatchObject(notFound);
  });

  test('a second topic of one name is ALREADY_EXISTS', async ({ expect }) => {
    const name = uniqueName('topic');
    await contract.the.pubsub.createTopic(name);
    await expect(contract.the.pubsub.createTopic(name)).rejects.toMatchObject(alreadyExists);
  });

  const wrongNames = {
    'one letter': 'x',
    'a digit first': '1topic',
    "Google's prefix": 'googtopic',
    'a blank': 'a b c',
    '256 letters': 't'.repeat(256),
  };
  test.for(Object.entries(wrongNames))('%s is not a topic’s name', async ([, name], { expect }) => {
    await expect(contract.the.publisher.createTopic({ name: contract.the.topicPath(name) })).rejects.toMatchObject(
      invalid,
    );
    await expect(contract.the.publisher.getTopic({ topic: contract.the.topicPath(name) })).rejects.toMatchObject(
      invalid,
    );
  });

  test('every request for a missing resource answers NOT_FOUND', async ({ expect }) => {
    const topic = contract.the.topicPath('nowhere');
    const data = Buffer.from('x');
    await expect(contract.the.publisher.publish({ topic, messages: [{ data }] }, onlyOnce)).rejects.toMatchObject(
      notFound,
    );
    await expect(contract.the.publisher.deleteTopic({ topic })).rejects.toMatchObject(notFound);
    await expect(contract.the.pubsub.topic('nowhere').createSubscription('orphan')).rejects.toMatchObject(notFound);
    await expect(contract.the.pubsub.subscription('orphan').getMetadata()).rejects.toMatchObject(notFound);
  });

  test('a subscription outlives its topic, under another topic name', async ({ expect }) => {
    const { name, topic, subscription } = await topicWithSubscription(contract.the);
    await contract.publish(name, [{ data: Buffer.from('kept') }]);
    await topic.delete();
    const [metadata] = await subscription.getMetadata();
    expect(metadata.topic).toBe('_deleted-topic_');
    expect((await contract.the.pull(name)).map(({ data }) => data)).toEqual(['kept']);
  });

  contract.unless('subscriptions of no topic', 'the subscriptions of no topic are NOT_FOUND', async ({ expect }) => {
    const listed = contract.the.publisher.listTopicSubscriptions({ topic: contract.the.topicPath('nowhere') });
    await expect(listed).rejects.toMatchObject(notFound);
  });
}
