import type { Messages } from '#functions/ports/system.ts';
import type { Gate } from './gate.ts';

export type Published = { topic: string; data: unknown; attributes: Record<string, string>; messageId: string };

/** Keeps published messages in order; it has no subscriber. */
export function fakeMessages(published: Published[], gate: Gate): Messages {
  return {
    publish: (topic, data, attributes = {}) =>
      gate('messages', 'publish', topic, () => {
        const messageId = String(published.length + 1);
        published.push({ topic, data: JSON.parse(JSON.stringify(data)) as unknown, attributes, messageId });
        return messageId;
      }),
  };
}
