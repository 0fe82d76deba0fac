import type { PubSub } from '@google-cloud/pubsub';
import type { Storage } from '@google-cloud/storage';
import { topics } from '#functions/core/messages/topics.ts';
import { openGuard } from '#functions/core/records/guard.ts';
import { names } from '#functions/core/records/object-names.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';
import { deadLetterTopic, layout, subscriptionName, topicPath } from '../layout.ts';

/** A function may work for 540 s on one message. */
const ACK_DEADLINE_SECONDS = 600;

/** Creates the buckets and the guard. Idempotent. */
export async function provisionStorage(storage: Storage): Promise<void> {
  await Promise.all(Object.values(layout.buckets).map((bucket) => ifAbsent(storage.createBucket(bucket))));
  await new JsonObjects(storage, layout.buckets.assignments).create(names.guard, openGuard);
}

/** Creates topics, dead-letter topics and subscriptions: a topic without a subscription loses its messages. */
export async function provisionTopics(pubsub: PubSub): Promise<void> {
  await Promise.all(
    Object.values(topics).map(async (topic) => {
      const dead = deadLetterTopic(topic);
      await Promise.all([ifAbsent(pubsub.createTopic(topic)), ifAbsent(pubsub.createTopic(dead))]);
      await Promise.all([
        ifAbsent(pubsub.topic(dead).createSubscription(`${dead}-pull`, { expirationPolicy: { ttl: null } })),
        provisionSubscription(pubsub, topic),
      ]);
    }),
  );
}

/** Makes Cloud Storage publish `receipt-written` for each new object of the receipts bucket. */
export async function provisionNotification(storage: Storage): Promise<void> {
  const bucket = storage.bucket(layout.buckets.receipts);
  const [existing] = await bucket.getNotifications();
  if (existing.length > 0) return;
  await bucket.createNotification(topicPath(topics.receiptWritten), {
    eventTypes: ['OBJECT_FINALIZE'],
    payloadFormat: 'JSON_API_V1',
  });
}

/**
 * Creates a function's own subscription, as infra/gcp does: an event trigger cannot have a dead-letter topic. It keeps the
 * messages until `connectPush` sets the endpoint.
 */
async function provisionSubscription(pubsub: PubSub, topic: string): Promise<void> {
  await ifAbsent(
    pubsub.topic(topic).createSubscription(subscriptionName(topic), {
      ackDeadlineSeconds: ACK_DEADLINE_SECONDS,
      retryPolicy: { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 30 } },
      deadLetterPolicy: { deadLetterTopic: topicPath(deadLetterTopic(topic)), maxDeliveryAttempts: 10 },
      expirationPolicy: { ttl: null },
    }),
  );
}

export async function connectPush(pubsub: PubSub, topic: string, functionUrl: string): Promise<void> {
  const pushEndpoint = `${functionUrl}/${topicPath(topic)}`;
  await pubsub.subscription(subscriptionName(topic)).modifyPushConfig({ pushEndpoint });
}

/** 409 of Cloud Storage, ALREADY_EXISTS of Pub/Sub. */
async function ifAbsent(creation: Promise<unknown>): Promise<'created' | 'exists'> {
  try {
    await creation;
    return 'created';
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 409 || code === 6) return 'exists';
    throw error;
  }
}
