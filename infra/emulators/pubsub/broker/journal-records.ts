import type { PubsubMessage, Subscription, Topic } from '../resources/resources.ts';

/** One line of the journal. Replaying all of them in order gives the state. */
export type JournalRecord =
  | { kind: 'topic'; topic: Topic }
  | { kind: 'topic-deleted'; name: string }
  | { kind: 'subscription'; subscription: Subscription }
  | { kind: 'subscription-deleted'; name: string }
  /** A message and, by subscription that has not acknowledged it, its failures so far. */
  | { kind: 'message'; message: StoredMessage; unacknowledged: Record<string, number> }
  | { kind: 'acknowledged'; subscription: string; messageIds: string[] }
  | { kind: 'failed'; subscription: string; messageId: string; failures: number }
  /** Keeps ids increasing although the messages that had them are gone. */
  | { kind: 'last-id'; messageId: number };

/** The data stands in base64. */
export type StoredMessage = Omit<PubsubMessage, 'data'> & { data: string };

export function storedMessage(message: PubsubMessage): StoredMessage {
  return { ...message, data: message.data.toString('base64') };
}

export function readStoredMessage(message: StoredMessage): PubsubMessage {
  return { ...message, data: Buffer.from(message.data, 'base64') };
}
