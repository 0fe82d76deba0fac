import { test } from 'vitest';
import { topicWithSubscription, uniqueName } from '../pubsub-client.ts';
import type { Contract } from './contract.ts';

export function restContract(contract: Contract): void {
  test('a topic and a subscription are put, read and listed', async ({ expect }) => {
    const name = uniqueName('rest');
    expect(await contract.the.rest('PUT', `topics/${name}`, {})).toEqual({
      status: 200,
      body: { name: contract.the.topicPath(name) },
    });
    const asked = {
      topic: contract.the.topicPath(name),
      ackDeadlineSeconds: 20,
      retryPolicy: { minimumBackoff: '1.5s' },
    };
    const created = await contract.the.rest('PUT', `subscriptions/${name}`, asked);
    expect(created).toMatchObject({
      status: 200,
      body: {
        name: contract.the.subscriptionPath(name),
        pushConfig: {},
        ackDeadlineSeconds: 20,
        messageRetentionDuration: '604800s',
        retryPolicy: { minimumBackoff: '1.500s', maximumBackoff: '600s' },
      },
    });
    expect(await contract.the.rest('GET', `topics/${name}/subscriptions`)).toEqual({
      status: 200,
      body: { subscriptions: [contract.the.subscriptionPath(name)] },
    });
    expect(await contract.the.rest('DELETE', `topics/${name}`)).toEqual({ status: 200, body: {} });
    expect((await contract.the.rest('GET', `subscriptions/${name}`)).body).toMatchObject({ topic: '_deleted-topic_' });
  });

  test('a message is published, pulled and acknowledged in JSON', async ({ expect }) => {
    const { name } = await topicWithSubscription(contract.the);
    const data = Buffer.from('{"runtime":"codex"}').toString('base64');
    const message = { data, attributes: { a: 'b' }, orderingKey: 'k' };
    const published = await contract.the.rest('POST', `topics/${name}:publish`, { messages: [message] });
    const [messageId] = (published.body as { messageIds: string[] }).messageIds;
    expect(published).toEqual({ status: 200, body: { messageIds: [expect.stringMatching(/^\d+$/)] } });
    const pulled = await contract.the.rest('POST', `subscriptions/${name}:pull`, {
      maxMessages: 5,
      returnImmediately: true,
    });
    const [received] = (pulled.body as { receivedMessages: { ackId: string; message: object }[] }).receivedMessages;
    expect(received?.message).toEqual({ ...message, messageId, publishTime: expect.stringMatching(/Z$/) });
    const acknowledged = await contract.the.rest('POST', `subscriptions/${name}:acknowledge`, {
      ackIds: [received?.ackId],
    });
    expect(acknowledged).toEqual({ status: 200, body: {} });
    expect(await contract.the.pull(name)).toEqual([]);
  });

  test('an update names its fields in camelCase', async ({ expect }) => {
    const { name } = await topicWithSubscription(contract.the);
    const request = { subscription: { ackDeadlineSeconds: 25 }, updateMask: 'ackDeadlineSeconds' };
    expect(await contract.the.rest('PATCH', `subscriptions/${name}`, request)).toMatchObject({
      status: 200,
      body: { ackDeadlineSeconds: 25 },
    });
  });

  test('the pages of a list hold everything once', async ({ expect }) => {
    const created = await Promise.all(
      Array.from({ length: 3 }, async () => (await contract.the.pubsub.createTopic(uniqueName('page')))[0].name),
    );
    const listed: string[] = [];
    let pageToken = '';
    do {
      const { body } = await contract.the.rest('GET', `topics?pageSize=2&pageToken=${encodeURIComponent(pageToken)}`);
      const page = body as { topics?: { name: string }[]; nextPageToken?: string };
      expect(page.topics?.length ?? 0).toBeLessThanOrEqual(2);
      listed.push(...(page.topics ?? []).map((topic) => topic.name));
      pageToken = page.nextPageToken ?? '';
    } while (pageToken !== '');
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed).toEqual(expect.arrayContaining(created));
  });

  test.for([
    ['GET', 'topics/nowhere', undefined, 404, 'NOT_FOUND'],
    ['POST', 'topics/nowhere:publish', { messages: [{ data: 'aGk=' }] }, 404, 'NOT_FOUND'],
    ['PUT', 'topics/1', {}, 400, 'INVALID_ARGUMENT'],
    ['POST', 'topics/nowhere:publish', 'no json', 400, 'INVALID_ARGUMENT'],
  ] as const)('%s %s with %j is answered with %i %s', async ([verb, path, body, code, status], { expect }) => {
    expect(await contract.the.rest(verb, path, body)).toMatchObject({
      status: code,
      body: { error: { code, status } },
    });
  });

  test('a second topic of one name is 409', async ({ expect }) => {
    const name = uniqueName('rest');
    await contract.the.rest('PUT', `topics/${name}`, {});
    const { status, body } = await contract.the.rest('PUT', `topics/${name}`, {});
    expect({ status, body }).toMatchObject({ status: 409, body: { error: { status: 'ALREADY_EXISTS' } } });
  });

  contract.unless('unknown names in JSON', 'an unknown field is refused by its name', async ({ expect }) => {
    const answer = await contract.the.rest('PUT', `topics/${uniqueName('rest')}`, { lables: {} });
    expect(answer).toMatchObject({ status: 400, body: { error: { message: expect.stringContaining('lables') } } });
  });
}
