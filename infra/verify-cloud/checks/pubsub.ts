import { setTimeout as sleep } from 'node:timers/promises';
import { pushEndpoint, pushSettings } from '../../contract/delivery.ts';
import { agentMember } from '../cloud/accounts.ts';
import type { Receiver } from '../cloud/cloud.ts';
import { receive, receiveOne } from '../cloud/messages.ts';
import { createSubscription, createTopic, grantOn } from '../cloud/resources.ts';
import { type Check, check, holdsIf, type Subject, unknown } from '../runner/check.ts';
import { poll } from '../runner/poll.ts';

/** The least that Pub/Sub allows. */
const ATTEMPTS = 5;
const SOURCE_TIME = 'CloudPubSubDeadLetterSourceTopicPublishTime';

export const pubsubChecks: readonly Check[] = [
  check({
    id: 'pubsub-deadline',
    title: 'a push with an ack deadline of 600 s is delivered once while it is answered',
    needs: ['services'],
    creates: 'a receiver, a topic, a subscription',
    seconds: 900,
    async run(subject) {
      const { cloud, signal } = subject;
      const receiver = await cloud.receiver({ ...subject, internalOnly: false });
      const topic = await pushTopic(subject, receiver);
      await topic.publishMessage({ data: Buffer.from('{}'), attributes: { sleep: String(cloud.longPushSeconds) } });
      await arrived(subject, receiver);
      await sleep((cloud.longPushSeconds + 2) * 1_000, undefined, { signal });
      const { length } = await receiver.pushes();
      return holdsIf(length === 1, `times delivered: ${length}; answered after ${cloud.longPushSeconds} s`);
    },
  }),
  check({
    id: 'pubsub-push-token',
    title: 'a push keeps its path, and its token names account and audience',
    needs: ['services'],
    creates: 'a receiver, a topic, a subscription',
    seconds: 600,
    async run(subject) {
      const { cloud } = subject;
      const receiver = await cloud.receiver({ ...subject, internalOnly: false });
      const topic = await pushTopic(subject, receiver);
      await topic.publishMessage({ data: Buffer.from('{}') });
      const push = await arrived(subject, receiver);
      const { aud, email } = push.claims;
      const { pathname } = new URL(pushEndpoint(receiver.url, cloud.project, shortName(topic.name)));
      return holdsIf(
        aud === receiver.url && email === receiver.pushAccount && push.path === pathname,
        `audience ${aud}, account ${email}, path ${push.path}`,
      );
    },
  }),
  check({
    id: 'pubsub-replay',
    title: 'a message that is published with CloudPubSubDeadLetter attributes keeps them',
    creates: 'a topic, a subscription',
    seconds: 120,
    async run(subject) {
      const topic = await createTopic(subject);
      const subscription = await createSubscription(subject, topic);
      const time = '2026-01-02T03:04:05.678+00:00';
      await topic.publishMessage({ data: Buffer.from('{}'), attributes: { [SOURCE_TIME]: time } });
      const { attributes } = await receiveOne(subject, subscription);
      return holdsIf(attributes[SOURCE_TIME] === time, `${SOURCE_TIME}: ${attributes[SOURCE_TIME] ?? 'absent'}`);
    },
  }),
  check({
    id: 'pubsub-dead-letter',
    title: 'a message that is refused too often is dead-lettered with its publish time',
    creates: '2 topics, 2 subscriptions',
    seconds: 600,
    async run(subject) {
      const topic = await createTopic(subject);
      const letters = await createTopic(subject);
      const kept = await createSubscription(subject, letters);
      const subscription = await createSubscription(subject, topic, {
        deadLetterPolicy: { deadLetterTopic: letters.name, maxDeliveryAttempts: ATTEMPTS },
      });
      await allowDeadLetters(subject, { letters, subscription });
      await topic.publishMessage({ data: Buffer.from('{}') });
      const refusing = receive(subject, subscription, (message) => void message.nack());
      refusing.catch(() => undefined);
      const { attributes } = await receiveOne(subject, kept);
      await subscription.close();
      const count = attributes.CloudPubSubDeadLetterSourceDeliveryCount;
      const isDated = !Number.isNaN(Date.parse(attributes[SOURCE_TIME] ?? ''));
      if (!isDated) return holdsIf(false, `${SOURCE_TIME}: ${attributes[SOURCE_TIME] ?? 'absent'}`);
      // Spec: the number of attempts is best effort.
      return holdsIf(Number(count) >= ATTEMPTS, `after ${count} deliveries, published at ${attributes[SOURCE_TIME]}`);
    },
  }),
  check({
    id: 'pubsub-schedule',
    title: 'Cloud Scheduler publishes to a topic as its own agent',
    needs: ['google-apis'],
    creates: 'a topic, a subscription, a Cloud Scheduler job',
    async run(subject) {
      const { cloud, scratch } = subject;
      const topic = await createTopic(subject);
      const subscription = await createSubscription(subject, topic);
      await grantOn(topic, 'roles/pubsub.publisher', await agentMember(cloud, 'gcp-sa-cloudscheduler'));
      const jobs = `/v1/projects/${cloud.project}/locations/${cloud.region}/jobs`;
      const name = `${jobs}/${scratch.name('schedule')}`;
      const target = { topicName: topic.name, data: Buffer.from('{}').toString('base64') };
      const job = { name: name.slice('/v1/'.length), schedule: '0 0 1 1 *', timeZone: 'Etc/UTC', pubsubTarget: target };
      const api = 'cloudscheduler';
      const create = () => cloud.rest({ api, method: 'POST', path: jobs, body: job });
      await scratch.create(name, create, () => cloud.rest({ api, method: 'DELETE', path: name }));
      await cloud.rest({ api, method: 'POST', path: `${name}:run`, body: {} });
      const { data } = await receiveOne(subject, subscription);
      return holdsIf(data.toString() === '{}', `published ${data}`);
    },
  }),
  check({
    id: 'pubsub-ingress',
    title: "a push reaches a run.app URL whose ingress is 'internal'",
    needs: ['services', 'google-apis'],
    creates: 'a receiver, a topic, a subscription',
    seconds: 600,
    async run(subject) {
      const receiver = await subject.cloud.receiver({ ...subject, internalOnly: true });
      const topic = await pushTopic(subject, receiver);
      await topic.publishMessage({ data: Buffer.from('{}') });
      const limit = AbortSignal.any([subject.signal, AbortSignal.timeout(240_000)]);
      try {
        const { path } = await arrived({ ...subject, signal: limit }, receiver);
        return holdsIf(true, `delivered to ${path}`);
      } catch (error) {
        subject.signal.throwIfAborted();
        if (!limit.aborted) throw error;
        const open = await fetch(receiver.url, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
        if (open === undefined) return unknown('no delivery in 240 s, and the URL does not answer');
        return holdsIf(false, `no delivery in 240 s; a call from outside gets HTTP ${open.status}`);
      }
    },
  }),
];

/** A topic that pushes to the receiver, as `infra/gcp` makes it. */
async function pushTopic(subject: Subject, receiver: Receiver) {
  const topic = await createTopic(subject);
  const endpoint = pushEndpoint(receiver.url, subject.cloud.project, shortName(topic.name));
  await createSubscription(subject, topic, {
    ackDeadlineSeconds: pushSettings.ackDeadlineSeconds,
    retryPolicy: {
      minimumBackoff: { seconds: pushSettings.minimumBackoffSeconds },
      maximumBackoff: { seconds: pushSettings.maximumBackoffSeconds },
    },
    pushConfig: {
      pushEndpoint: endpoint,
      oidcToken: { serviceAccountEmail: receiver.pushAccount, audience: receiver.url },
    },
  });
  return topic;
}

/** The first push. */
function arrived({ cloud, signal }: Subject, receiver: Receiver) {
  return poll({ pollMs: cloud.pollMs, signal }, async () => (await receiver.pushes())[0]);
}

type DeadLetters = {
  letters: Awaited<ReturnType<typeof createTopic>>;
  subscription: Awaited<ReturnType<typeof createSubscription>>;
};

async function allowDeadLetters({ cloud }: Subject, { letters, subscription }: DeadLetters): Promise<void> {
  if (cloud.isEmulated) return;
  const agent = await agentMember(cloud, 'gcp-sa-pubsub');
  await grantOn(letters, 'roles/pubsub.publisher', agent);
  await grantOn(subscription, 'roles/pubsub.subscriber', agent);
}

function shortName(topic: string): string {
  return topic.slice(topic.lastIndexOf('/') + 1);
}
