import { PubSub } from '@google-cloud/pubsub';
import type { Messages } from '../../ports/system.ts';

/** Publishes one message at a time, at once; the client retries what is transient. */
export function pubsubMessages(project: string, endpoint: string | undefined): Messages & { close(): Promise<void> } {
  const pubsub = new PubSub({
    projectId: project,
    ...(endpoint === undefined ? {} : { apiEndpoint: endpoint, emulatorMode: true }),
  });
  return {
    publish: (topic, data, attributes) =>
      pubsub
        .topic(topic, { batching: { maxMessages: 1 } })
        .publishMessage({ json: data, ...(attributes && { attributes }) }),
    close: () => pubsub.close(),
  };
}
