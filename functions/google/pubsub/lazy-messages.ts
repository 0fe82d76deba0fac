import type { Messages } from '../../ports/system.ts';
import { lazy } from '../lazy.ts';

/** Loads Pub/Sub's client with the first message, because it is slow to load and few processes publish. */
export function lazyMessages(project: string, endpoint: string | undefined): Messages & { close(): Promise<void> } {
  let isUsed = false;
  const loaded = lazy(async () => (await import('./messages.ts')).pubsubMessages(project, endpoint));
  return {
    publish: async (topic, data, attributes) => {
      isUsed = true;
      return (await loaded()).publish(topic, data, attributes);
    },
    close: async () => {
      if (isUsed) await (await loaded()).close();
    },
  };
}
