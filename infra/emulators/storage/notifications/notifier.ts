import type { ObjectEvent } from '../model/object-event.ts';
import type { State } from '../model/state.ts';
import { concerns, messageOf } from './notifications.ts';
import { Publisher } from './publisher.ts';

export type Notifier = { notify(event: ObjectEvent): void; close(): Promise<void> };

/** Turns events into messages for every notification that wants them. */
export function notifier(state: State, endpoint: string, pubsub: (() => string) | undefined): Notifier {
  if (!pubsub) return { notify() {}, async close() {} };
  const publisher = new Publisher(pubsub);
  return {
    notify(event) {
      const configs = state.buckets.get(event.object.bucket)?.notifications.values() ?? [];
      for (const config of configs) {
        if (concerns(config, event)) publisher.publish(config.topic, messageOf(config, event, endpoint));
      }
    },
    close: () => publisher.close(),
  };
}
