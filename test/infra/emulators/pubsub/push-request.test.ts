import { describe, expect, test } from 'vitest';
import { deadLettered } from '../../../../infra/emulators/pubsub/broker/dead-letter.ts';
import { acknowledges, pushRequest } from '../../../../infra/emulators/pubsub/push/push-request.ts';
import type { PubsubMessage, Subscription } from '../../../../infra/emulators/pubsub/resources/resources.ts';
import { newSubscription } from '../../../../infra/emulators/pubsub/resources/subscription-config.ts';

const now = new Date('2026-11-21T10:00:00.250Z');
const message: PubsubMessage = {
  messageId: '42',
  publishTime: Date.parse('2026-11-21T09:59:00.005Z'),
  data: Buffer.from('hi'),
  attributes: { a: 'b' },
  orderingKey: 'tenant',
};

function subscription(options: object = {}, query = ''): Subscription {
  const pushConfig = { pushEndpoint: `https://fan-out.test/push${query}` };
  return newSubscription({
    name: 'projects/p/subscriptions/sub',
    topic: 'projects/p/topics/top',
    pushConfig,
    ...options,
  });
}

const request = (of: Subscription, changes: Partial<PubsubMessage> = {}) => {
  const made = pushRequest(of, { ackId: '42:1', message: { ...message, ...changes }, attempt: 3 }, now);
  return { ...made, body: JSON.parse(made.body.toString()) };
};

describe('a push request', () => {
  const envelope = {
    message: {
      attributes: { a: 'b' },
      data: 'aGk=',
      messageId: '42',
      message_id: '42',
      orderingKey: 'tenant',
      publishTime: '2026-11-21T09:59:00.005Z',
      publish_time: '2026-11-21T09:59:00.005Z',
    },
    subscription: 'projects/p/subscriptions/sub',
  };

  test('carries the envelope', () => {
    const { body, headers, url } = request(subscription());
    expect(body).toEqual(envelope);
    expect(headers).toEqual({
      'content-type': 'application/json',
      'content-length': String(JSON.stringify(body).length),
      'user-agent': 'CloudPubSub-Google',
    });
    expect(url.href).toBe('https://fan-out.test/push');
  });

  test('omits empty fields', () => {
    const { data: _, attributes: __, orderingKey: ___, ...rest } = envelope.message;
    const { body } = request(subscription(), { data: Buffer.alloc(0), attributes: {}, orderingKey: '' });
    expect(body.message).toEqual(rest);
  });

  test('carries the delivery attempt only with a dead-letter policy', () => {
    const deadLetterPolicy = { deadLetterTopic: 'projects/p/topics/dead', maxDeliveryAttempts: 5 };
    expect(request(subscription({ deadLetterPolicy })).body).toEqual({ ...envelope, deliveryAttempt: 3 });
  });

  test('becomes a binary CloudEvent with Eventarc’s URL', () => {
    const { body, headers } = request(
      subscription({}, '?__GCP_CloudEventsMode=CUSTOM_PUBSUB_projects%2Fp%2Ftopics%2Ftop'),
    );
    expect(body).toEqual(envelope);
    expect(headers).toMatchObject({
      'ce-id': '42',
      'ce-source': '//pubsub.googleapis.com/projects/p/topics/top',
      'ce-specversion': '1.0',
      'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
      'ce-time': '2026-11-21T09:59:00.005Z',
    });
  });

  test('carries an unsigned token whose audience is the URL by default', () => {
    const oidcToken = { serviceAccountEmail: 'pusher@p.test' };
    const pushConfig = { pushEndpoint: 'https://fan-out.test/push', oidcToken };
    const [header, claims, signature] = (request(subscription({ pushConfig })).headers.authorization ?? '')
      .slice(7)
      .split('.');
    const read = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString());
    expect([read(header), signature]).toEqual([{ alg: 'none', typ: 'JWT' }, '']);
    expect(read(claims)).toEqual({
      iss: 'https://accounts.google.com',
      aud: 'https://fan-out.test/push',
      azp: 'pusher@p.test',
      sub: 'pusher@p.test',
      email: 'pusher@p.test',
      email_verified: true,
      iat: 1795255200,
      exp: 1795258800,
    });
  });

  test.each([
    [102, true],
    [200, true],
    [201, true],
    [202, true],
    [204, true],
    [203, false],
    [206, false],
    [302, false],
    [400, false],
    [404, false],
    [429, false],
    [500, false],
  ])('the status %i acknowledges: %s', (status, acknowledged) => {
    expect(acknowledges(status)).toBe(acknowledged);
  });
});

test('a dead letter keeps data, ordering key and attributes, and names its source', () => {
  expect(deadLettered(message, 'projects/p/subscriptions/sub', 5)).toEqual({
    data: message.data,
    orderingKey: 'tenant',
    attributes: {
      a: 'b',
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
      CloudPubSubDeadLetterSourceSubscription: 'sub',
      CloudPubSubDeadLetterSourceSubscriptionProject: 'p',
      CloudPubSubDeadLetterSourceTopicPublishTime: '2026-11-21T09:59:00.005+00:00',
    },
  });
});
