import { PubSub } from '@google-cloud/pubsub';
import type { Messages } from '../../ports/system.ts';

/** Publishes each message at once, without batching. The client retries transient errors. */
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
