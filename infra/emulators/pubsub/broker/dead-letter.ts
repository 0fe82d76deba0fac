import { parseName } from '../resources/names.ts';
import type { NewMessage, PubsubMessage } from '../resources/resources.ts';

/** Google writes this attribute with a numeric offset, unlike every other timestamp. */
function withOffset(publishTime: number): string {
  return new Date(publishTime).toISOString().replace('Z', '+00:00');
}

/**
 * What is published to the dead-letter topic: the message, with attributes that say where it comes from. It gets a
 * message id of its own and loses the original one, as with Google.
 *
 * Source: https://cloud.google.com/pubsub/docs/handling-failures#track_delivery_attempts
 */
export function deadLettered(message: PubsubMessage, subscriptionName: string, deliveries: number): NewMessage {
  const { project, id } = parseName('subscriptions', subscriptionName);
  return {
    data: message.data,
    orderingKey: message.orderingKey,
    attributes: {
      ...message.attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: String(deliveries),
      CloudPubSubDeadLetterSourceSubscription: id,
      CloudPubSubDeadLetterSourceSubscriptionProject: project,
      CloudPubSubDeadLetterSourceTopicPublishTime: withOffset(message.publishTime),
    },
  };
}
