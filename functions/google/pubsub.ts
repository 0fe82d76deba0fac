import type { Messages } from '../ports/system.ts';
import { lazy } from './lazy.ts';

/**
 * Publishes each message at once, without batching. The client retries transient errors. It loads with the first message,
 * because it is slow to load and few processes publish.
 */
export function pubsubMessages(project: string, endpoint: string | undefined): Messages & { close(): Promise<void> } {
  let close = async () => {};
  const client = lazy(async () => {
    const { PubSub } = await import('@google-cloud/pubsub');
    const emulator = endpoint === undefined ? {} : { apiEndpoint: endpoint, emulatorMode: true };
    const pubsub = new PubSub({ projectId: project, ...emulator });
    close = () => pubsub.close();
    return pubsub;
  });
  return {
    publish: async (topic, data, attributes) => {
      const unbatched = (await client()).topic(topic, { batching: { maxMessages: 1 } });
      return unbatched.publishMessage({ json: data, ...(attributes && { attributes }) });
    },
    close: () => close(),
  };
}
