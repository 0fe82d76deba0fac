import type { Messages } from '../../ports/system.ts';
import { lazy } from '../run/lazy.ts';

/** Few processes publish, and Pub/Sub's client is slow to load: the first message loads it. */
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
