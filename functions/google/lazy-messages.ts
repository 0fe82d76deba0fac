import type { Messages } from '../ports/messages.ts';
import type { pubsubMessages } from './pubsub-messages.ts';

/** Few processes publish, and Pub/Sub's client is slow to load: the first message loads it. */
export function lazyMessages(project: string, endpoint: string | undefined): Messages & { close(): Promise<void> } {
  let client: Promise<ReturnType<typeof pubsubMessages>> | undefined;
  return {
    publish: async (topic, data, attributes) => {
      client ??= import('./pubsub-messages.ts').then((module) => module.pubsubMessages(project, endpoint));
      return (await client).publish(topic, data, attributes);
    },
    close: async () => (await client)?.close(),
  };
}
