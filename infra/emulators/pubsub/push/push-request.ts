import type { Delivery } from '../queue/delivery.ts';
import type { PubsubMessage, Subscription } from '../resources/resources.ts';
import { unsignedToken } from './oidc-token.ts';

export type PushRequest = { url: URL; headers: Record<string, string>; body: Buffer };

const EVENTARC_MODE = 'CUSTOM_PUBSUB_';

/** Google writes both spellings of two names, and leaves out what is empty. */
function envelopeMessage(message: PubsubMessage): Record<string, unknown> {
  const publishTime = new Date(message.publishTime).toISOString();
  return {
    ...(Object.keys(message.attributes).length > 0 && { attributes: message.attributes }),
    ...(message.data.length > 0 && { data: message.data.toString('base64') }),
    messageId: message.messageId,
    message_id: message.messageId,
    ...(message.orderingKey !== '' && { orderingKey: message.orderingKey }),
    publishTime,
    publish_time: publishTime,
  };
}

/** The topic that Eventarc wrote into the push URL of a trigger's subscription, or undefined. */
function eventarcTopic(url: URL): string | undefined {
  const mode = url.searchParams.get('__GCP_CloudEventsMode');
  return mode?.startsWith(EVENTARC_MODE) ? mode.slice(EVENTARC_MODE.length) : undefined;
}

/** The attributes of a CloudEvent in binary content mode. */
function cloudEventHeaders(topic: string, message: PubsubMessage): Record<string, string> {
  return {
    'ce-id': message.messageId,
    'ce-source': `//pubsub.googleapis.com/${topic}`,
    'ce-specversion': '1.0',
    'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
    'ce-time': new Date(message.publishTime).toISOString(),
  };
}

/** The POST that delivers a message: the push envelope, or the same as a CloudEvent where Eventarc set the URL. */
export function pushRequest(subscription: Subscription, { message, attempt }: Delivery, now: Date): PushRequest {
  const { pushEndpoint, oidcToken } = subscription.pushConfig;
  const url = new URL(pushEndpoint);
  const topic = eventarcTopic(url);
  const envelope = {
    ...(subscription.deadLetterPolicy && { deliveryAttempt: attempt }),
    message: envelopeMessage(message),
    subscription: subscription.name,
  };
  const body = Buffer.from(JSON.stringify(envelope));
  const headers = {
    'content-type': 'application/json',
    'content-length': String(body.length),
    'user-agent': 'CloudPubSub-Google',
    ...(topic !== undefined && cloudEventHeaders(topic, message)),
    ...(oidcToken && { authorization: `Bearer ${unsignedToken(oidcToken, now)}` }),
  };
  return { url, headers, body };
}

const ACKNOWLEDGING = new Set([102, 200, 201, 202, 204]);

/** Whether a status acknowledges the message. Every other status, 4xx included, asks for redelivery. */
export function acknowledges(status: number): boolean {
  return ACKNOWLEDGING.has(status);
}
