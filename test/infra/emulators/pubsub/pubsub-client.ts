import { PubSub, v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';

const PROJECT = 'pincast-test';
let names = 0;

/** A name that no other test uses. */
export function uniqueName(prefix: string): string {
  names += 1;
  return `${prefix}-${names}`;
}

/** The real clients, and the REST door, of one server. */
export function connect(endpoint: string) {
  const [servicePath, port] = endpoint.split(':');
  const generated = { servicePath, port: Number(port), sslCreds: credentials.createInsecure(), projectId: PROJECT };
  const pubsub = new PubSub({ projectId: PROJECT, apiEndpoint: endpoint, emulatorMode: true });
  const publisher = new v1.PublisherClient(generated);
  const subscriber = new v1.SubscriberClient(generated);
  const subscriptionPath = (name: string) => `projects/${PROJECT}/subscriptions/${name}`;
  return {
    pubsub,
    publisher,
    subscriber,
    topicPath: (name: string) => `projects/${PROJECT}/topics/${name}`,
    subscriptionPath,
    async pull(name: string, maxMessages = 100) {
      const request = { subscription: subscriptionPath(name), maxMessages, returnImmediately: true };
      const [{ receivedMessages }] = await subscriber.pull(request);
      return (receivedMessages ?? []).map(({ ackId, deliveryAttempt, message }) => ({
        ackId: ackId ?? '',
        deliveryAttempt: deliveryAttempt ?? 0,
        data: Buffer.from((message?.data ?? '') as Uint8Array).toString(),
        attributes: message?.attributes ?? {},
        messageId: message?.messageId ?? '',
        orderingKey: message?.orderingKey ?? '',
      }));
    },
    async rest(method: string, path: string, body?: unknown) {
      const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
      const url = `http://${endpoint}/v1/projects/${PROJECT}/${path}`;
      const response = await fetch(url, { method, headers: { 'content-type': 'application/json' }, ...init });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    async close() {
      await Promise.all([pubsub.close(), publisher.close(), subscriber.close()]);
    },
  };
}

export type Connection = ReturnType<typeof connect>;

/** A topic with one subscription of the same name. */
export async function topicWithSubscription(connection: Connection, options: object = {}) {
  const name = uniqueName('events');
  const [topic] = await connection.pubsub.createTopic(name);
  const [subscription] = await topic.createSubscription(name, options);
  return { name, topic, subscription };
}
