import * as gcp from '@pulumi/gcp';
import type * as pulumi from '@pulumi/pulumi';
import {
  type Delivery,
  deliveries,
  pushEndpoint,
  pushSettings,
  receiptNotification,
} from '../../../contract/delivery.ts';
import type { Deployment } from '../../../contract/deployment.ts';
import { found, type Handles, urlOf } from '../handles.ts';

/** Pub/Sub's longest time: 31 days. */
const DEAD_LETTER_SECONDS = 2_678_400;
const PUSH_RETENTION_SECONDS = 604_800;
/** No expiry: a subscription would otherwise be deleted after 31 days without a push or a pull. */
const NEVER = { ttl: '' };

/** Topics and dead-letter topics by name. */
export function defineTopics({ project }: Deployment): Map<string, gcp.pubsub.Topic> {
  const names = deliveries.flatMap(({ topic, deadLetterTopic }) => [topic, deadLetterTopic]);
  return new Map(names.map((name) => [name, new gcp.pubsub.Topic(`topic/${name}`, { project, name })]));
}

/**
 * Subscriptions by name: a push to each function, and a pull for each topic's dead letters.
 *
 * They are Pincast's own, because an event trigger has no dead-letter topic and drops a message after 24 hours.
 */
export function defineSubscriptions(
  deployment: Deployment,
  handles: Pick<Handles, 'topics' | 'functions' | 'accounts'>,
): Map<string, gcp.pubsub.Subscription> {
  return new Map(
    deliveries.flatMap((delivery) => [
      [delivery.subscription, pushSubscription(delivery, deployment, handles)] as const,
      [delivery.deadLetterSubscription, deadLetterSubscription(delivery, deployment, handles)] as const,
    ]),
  );
}

function pushSubscription(
  { topic, subscription, deadLetterTopic, to }: Delivery,
  { project, identities }: Deployment,
  { topics, functions, accounts }: Pick<Handles, 'topics' | 'functions' | 'accounts'>,
): gcp.pubsub.Subscription {
  const { ackDeadlineSeconds, minimumBackoffSeconds, maximumBackoffSeconds, maxDeliveryAttempts } = pushSettings;
  const url = urlOf(found(functions, to));
  return new gcp.pubsub.Subscription(
    `subscription/${subscription}`,
    {
      project,
      name: subscription,
      topic: found(topics, topic).id,
      ackDeadlineSeconds,
      messageRetentionDuration: `${PUSH_RETENTION_SECONDS}s`,
      expirationPolicy: NEVER,
      retryPolicy: { minimumBackoff: `${minimumBackoffSeconds}s`, maximumBackoff: `${maximumBackoffSeconds}s` },
      deadLetterPolicy: { deadLetterTopic: found(topics, deadLetterTopic).id, maxDeliveryAttempts },
      pushConfig: {
        pushEndpoint: url.apply((base) => pushEndpoint(base, project, topic)),
        // The path of the endpoint is no part of the audience.
        oidcToken: { serviceAccountEmail: identities.push, audience: url },
      },
    },
    { dependsOn: [found(accounts, identities.push)] },
  );
}

function deadLetterSubscription(
  { deadLetterTopic, deadLetterSubscription: name }: Delivery,
  { project }: Deployment,
  { topics }: Pick<Handles, 'topics'>,
): gcp.pubsub.Subscription {
  return new gcp.pubsub.Subscription(`subscription/${name}`, {
    project,
    name,
    topic: found(topics, deadLetterTopic).id,
    ackDeadlineSeconds: 60,
    messageRetentionDuration: `${DEAD_LETTER_SECONDS}s`,
    expirationPolicy: NEVER,
  });
}

/** The notification of each new receipt. @param publisher the grant by which Cloud Storage may publish; without it Cloud Storage refuses. */
export function defineNotification(
  { buckets }: Deployment,
  handles: Pick<Handles, 'topics' | 'buckets'>,
  publisher: pulumi.Resource[],
): void {
  const { topic, eventTypes, payloadFormat } = receiptNotification;
  new gcp.storage.Notification(
    'notification/receipts',
    { bucket: buckets.receipts, topic: found(handles.topics, topic).id, eventTypes: [...eventTypes], payloadFormat },
    { dependsOn: [...publisher, found(handles.buckets, buckets.receipts)] },
  );
}
