import type { Message } from '../../grpc/service-definition.ts';
import type { LiveSubscription } from '../broker/broker.ts';
import type { Delivery } from '../queue/delivery.ts';
import type { NewMessage, PubsubMessage, Subscription } from '../resources/resources.ts';

/** google.protobuf.Timestamp of milliseconds since the epoch. */
function timestamp(milliseconds: number): { seconds: string; nanos: number } {
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds: String(seconds), nanos: (milliseconds - seconds * 1000) * 1e6 };
}

/** A publisher's message; the server sets id and time. */
export function readMessage(message: Message): NewMessage {
  const { data, attributes, orderingKey } = message as Partial<NewMessage>;
  return { data: data ?? Buffer.alloc(0), attributes: attributes ?? {}, orderingKey: orderingKey ?? '' };
}

function wireMessage({ publishTime, ...message }: PubsubMessage): Message {
  return { ...message, publishTime: timestamp(publishTime) };
}

/** A ReceivedMessage; `deliveryAttempt` is set only with a dead-letter policy. */
export function receivedMessage({ ackId, message, attempt }: Delivery, { config }: LiveSubscription): Message {
  return { ackId, message: wireMessage(message), deliveryAttempt: config.deadLetterPolicy ? attempt : 0 };
}

export function wireSubscription(config: Subscription): Message {
  return { ...config, state: 'ACTIVE' };
}
