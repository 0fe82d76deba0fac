import { beforeAll, describe, expect, it } from 'vitest';
import { parseRecheckRequest } from '../../../../functions/core/messages/recheck-request.ts';
import { topics } from '../../../../functions/core/messages/topics.ts';
import { type Deployed, deploy, ofType, resource } from '../fixtures/mocks.ts';
import { buildOddStack, buildStack } from '../fixtures/stacks.ts';

let small: Deployed;
let odd: Deployed;

beforeAll(async () => {
  small = await deploy(buildStack());
  odd = await deploy(buildOddStack());
});

const path = (topic: string) => `projects/acme-fleet/topics/${topic}`;
const names = (type: string) => ofType(small, type).map(({ inputs }) => inputs.name);
const targets = [
  ['pin-promoted', 'fan-out'],
  ['fleet-recheck', 'recheck'],
  ['receipt-written', 'receipt'],
] as const;

describe('defineTopics', () => {
  it('makes the topics that the functions name, and a dead-letter topic for each', () => {
    const expected = Object.values(topics).flatMap((topic) => [topic, `${topic}-dead-letter`]);

    expect(names('pubsub/topic').sort()).toEqual(expected.sort());
  });
});

describe('defineSubscriptions', () => {
  it.each(targets)('pushes %s to the function %s and dead-letters what it does not take', (topic, file) => {
    const url = `https://pincast-${file}-hash.a.run.app`;

    expect(resource(small, 'pubsub/subscription', `${topic}-push`).inputs).toEqual({
      project: 'acme-fleet',
      name: `${topic}-push`,
      topic: path(topic),
      ackDeadlineSeconds: 600,
      messageRetentionDuration: '604800s',
      expirationPolicy: { ttl: '' },
      retryPolicy: { minimumBackoff: '1s', maximumBackoff: '30s' },
      deadLetterPolicy: { deadLetterTopic: path(`${topic}-dead-letter`), maxDeliveryAttempts: 10 },
      pushConfig: {
        pushEndpoint: `${url}/${path(topic)}`,
        oidcToken: { serviceAccountEmail: 'pincast-push@acme-fleet.iam.gserviceaccount.com', audience: url },
      },
    });
  });

  it.each(targets)('keeps the dead letters of %s for 31 days in a subscription of their own', (topic) => {
    expect(resource(small, 'pubsub/subscription', `${topic}-dead-letter-pull`).inputs).toEqual({
      project: 'acme-fleet',
      name: `${topic}-dead-letter-pull`,
      topic: path(`${topic}-dead-letter`),
      ackDeadlineSeconds: 60,
      messageRetentionDuration: '2678400s',
      expirationPolicy: { ttl: '' },
    });
  });

  it('waits for the account whose tokens a push carries', () => {
    const push = ofType(small, 'pubsub/subscription').filter(({ inputs }) => inputs.pushConfig !== undefined);

    expect(push).toHaveLength(3);
    for (const { dependsOn } of push) expect(dependsOn).toContain('account/push');
  });
});

describe('defineNotification', () => {
  it('publishes each new receipt, with its metadata, and nothing else', () => {
    const [notification, ...others] = ofType(small, 'storage/notification');

    expect(others).toEqual([]);
    expect(notification?.inputs).toEqual({
      bucket: 'acme-fleet-pincast-receipts',
      topic: path('receipt-written'),
      eventTypes: ['OBJECT_FINALIZE'],
      payloadFormat: 'JSON_API_V1',
    });
  });
});

describe('defineSchedule', () => {
  it('asks for a reconcile of every runtime each minute, and retries no missed one', () => {
    const { inputs } = resource(small, 'cloudscheduler/job', 'pincast-recheck');
    const { data, topicName } = inputs.pubsubTarget as { data: string; topicName: string };

    expect(inputs).toMatchObject({
      project: 'acme-fleet',
      region: 'europe-west1',
      schedule: '* * * * *',
      timeZone: 'Etc/UTC',
    });
    expect(inputs).not.toHaveProperty('retryConfig');
    expect(topicName).toBe(path('fleet-recheck'));
    expect(parseRecheckRequest(Buffer.from(data, 'base64').toString())).toEqual({
      ok: true,
      request: { relaunch: false },
    });
  });

  it('takes another interval from the input', () => {
    expect(resource(odd, 'cloudscheduler/job', 'pincast-recheck').inputs.schedule).toBe('*/5 * * * *');
  });
});
