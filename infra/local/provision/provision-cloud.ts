import type { PubSub } from '@google-cloud/pubsub';
import type { Storage } from '@google-cloud/storage';
import { openGuard } from '#functions/core/records/guard.ts';
import { names } from '#functions/core/records/object-names.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';
import {
  type Delivery,
  deliveries,
  pushEndpoint,
  pushSettings,
  receiptNotification,
  topicPath,
} from '../../contract/delivery.ts';
import { layout } from '../layout.ts';

/** Creates the buckets and the guard. Idempotent. */
export async function provisionStorage(storage: Storage): Promise<void> {
  await Promise.all(Object.values(layout.buckets).map((bucket) => ifAbsent(storage.createBucket(bucket))));
  await new JsonObjects(storage, layout.buckets.assignments).create(names.guard, openGuard);
}

/** Creates topics, dead-letter topics and subscriptions: a topic without a subscription loses its messages. */
export async function provisionTopics(pubsub: PubSub): Promise<void> {
  await Promise.all(
    deliveries.map(async (delivery) => {
      const { topic, deadLetterTopic, deadLetterSubscription } = delivery;
      await Promise.all([ifAbsent(pubsub.createTopic(topic)), ifAbsent(pubsub.createTopic(deadLetterTopic))]);
      const expirationPolicy = { ttl: null };
      await Promise.all([
        ifAbsent(pubsub.topic(deadLetterTopic).createSubscription(deadLetterSubscription, { expirationPolicy })),
        provisionSubscription(pubsub, delivery),
      ]);
    }),
  );
}

/** Makes Cloud Storage publish `receipt-written` for each new object of the receipts bucket. */
export async function provisionNotification(storage: Storage): Promise<void> {
  const bucket = storage.bucket(layout.buckets.receipts);
  const [existing] = await bucket.getNotifications();
  if (existing.length > 0) return;
  const { topic, payloadFormat, eventTypes } = receiptNotification;
  await bucket.createNotification(topicPath(layout.project, topic), { payloadFormat, eventTypes: [...eventTypes] });
}

/**
 * Creates a function's own subscription, as infra/gcp does: an event trigger cannot have a dead-letter topic. It keeps the
 * messages until `connectPush` sets the endpoint.
 */
async function provisionSubscription(
  pubsub: PubSub,
  { topic, subscription, deadLetterTopic }: Delivery,
): Promise<void> {
  const { ackDeadlineSeconds, minimumBackoffSeconds, maximumBackoffSeconds, maxDeliveryAttempts } = pushSettings;
  await ifAbsent(
    pubsub.topic(topic).createSubscription(subscription, {
      ackDeadlineSeconds,
      retryPolicy: {
        minimumBackoff: { seconds: minimumBackoffSeconds },
        maximumBackoff: { seconds: maximumBackoffSeconds },
      },
      deadLetterPolicy: { deadLetterTopic: topicPath(layout.project, deadLetterTopic), maxDeliveryAttempts },
      expirationPolicy: { ttl: null },
    }),
  );
}

/** Pushes a function's messages to its URL. */
export async function connectPush(
  pubsub: PubSub,
  { topic, subscription }: Delivery,
  functionUrl: string,
): Promise<void> {
  const endpoint = pushEndpoint(functionUrl, layout.project, topic);
  await pubsub.subscription(subscription).modifyPushConfig({ pushEndpoint: endpoint });
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
