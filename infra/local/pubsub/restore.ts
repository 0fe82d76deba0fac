import type { Broker } from './broker.ts';
import type { Journal } from './journal.ts';
import { type JournalRecord, readStoredMessage, type StoredMessage, storedMessage } from './journal-records.ts';
import { DELETED_TOPIC, milliseconds, type PubsubMessage } from './resources.ts';

/** The messages of a journal with their failures by subscription, while it is being replayed. */
type Backlog = Map<string, { message: StoredMessage; unacknowledged: Map<string, number> }>;

function replayMessages(records: readonly JournalRecord[]): Backlog {
  const backlog: Backlog = new Map();
  for (const record of records) {
    if (record.kind === 'message') {
      const unacknowledged = new Map(Object.entries(record.unacknowledged));
      backlog.set(record.message.messageId, { message: record.message, unacknowledged });
    } else if (record.kind === 'acknowledged') {
      for (const messageId of record.messageIds) backlog.get(messageId)?.unacknowledged.delete(record.subscription);
    } else if (record.kind === 'failed') {
      backlog.get(record.messageId)?.unacknowledged.set(record.subscription, record.failures);
    } else if (record.kind === 'subscription-deleted') {
      for (const { unacknowledged } of backlog.values()) unacknowledged.delete(record.name);
    }
  }
  return backlog;
}

function replayResource(broker: Broker, record: JournalRecord): void {
  if (record.kind === 'topic') broker.topics.set(record.topic.name, record.topic);
  if (record.kind === 'topic-deleted') {
    broker.topics.delete(record.name);
    for (const live of broker.subscriptionsOf(record.name)) live.config = { ...live.config, topic: DELETED_TOPIC };
  }
  if (record.kind === 'subscription') broker.open(record.subscription);
  if (record.kind === 'subscription-deleted') broker.subscriptions.delete(record.name);
}

function largestId(records: readonly JournalRecord[]): number {
  return records.reduce((largest, record) => {
    if (record.kind === 'last-id') return Math.max(largest, record.messageId);
    return record.kind === 'message' ? Math.max(largest, Number(record.message.messageId)) : largest;
  }, 0);
}

/** The shortest journal that gives this state. */
export function snapshot(broker: Broker): JournalRecord[] {
  const messages = new Map<string, Extract<JournalRecord, { kind: 'message' }>>();
  for (const { config, queue } of broker.subscriptions.values()) {
    for (const { message, failures } of queue.unacknowledged()) {
      const known = messages.get(message.messageId);
      const record = known ?? { kind: 'message', message: storedMessage(message), unacknowledged: {} };
      record.unacknowledged[config.name] = failures;
      messages.set(message.messageId, record);
    }
  }
  return [
    { kind: 'last-id', messageId: broker.lastId },
    ...[...broker.topics.values()].map((topic) => ({ kind: 'topic', topic }) as const),
    ...[...broker.subscriptions.values()].map(
      ({ config }) => ({ kind: 'subscription', subscription: config }) as const,
    ),
    ...[...messages.values()].sort((a, b) => Number(a.message.messageId) - Number(b.message.messageId)),
  ];
}

const LARGE_BYTES = 64_000_000;
const CHECK_MILLISECONDS = 30_000;

/** Compacts a journal that has grown large since it was last done. Returns what stops it. */
export function keepSmall(broker: Broker, journal: Journal): () => void {
  let smallest = journal.size;
  const check = () => {
    if (journal.size < LARGE_BYTES || journal.size < 2 * smallest) return;
    try {
      journal.compact(snapshot(broker));
      smallest = journal.size;
    } catch {
      // The journal as it stands is still whole: the next check tries again.
    }
  };
  const timer = setInterval(check, CHECK_MILLISECONDS).unref();
  return () => clearInterval(timer);
}

/** Hands a message back to a subscription, unless it is older than what the subscription retains. */
function addAgain(broker: Broker, name: string, message: PubsubMessage, failures: number, now: Date): void {
  const live = broker.subscriptions.get(name);
  if (!live || now.getTime() - message.publishTime > milliseconds(live.config.messageRetentionDuration)) return;
  live.queue.add(message, failures);
}

/** Brings back what an earlier run left in the journal and compacts it. Open deliveries are forgotten, not counted. */
export function restore(broker: Broker, journal: Journal, now: Date): void {
  const records = journal.read();
  for (const record of records) replayResource(broker, record);
  for (const { message, unacknowledged } of replayMessages(records).values()) {
    const read = readStoredMessage(message);
    for (const [name, failures] of unacknowledged) addAgain(broker, name, read, failures, now);
  }
  broker.lastId = largestId(records);
  journal.compact(snapshot(broker));
}
