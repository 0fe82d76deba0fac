import { DELETED_TOPIC, milliseconds } from '../resources/resources.ts';
import type { Broker } from './broker.ts';
import { type JournalRecord, readStoredMessage, type StoredMessage, storedMessage } from './journal-records.ts';

/** The messages of a journal with their failures by subscription, while it is being replayed. */
type Backlog = Map<string, { message: StoredMessage; unacknowledged: Map<string, number> }>;

function replayMessage(backlog: Backlog, record: JournalRecord): void {
  if (record.kind === 'message') {
    const unacknowledged = new Map(Object.entries(record.unacknowledged));
    backlog.set(record.message.messageId, { message: record.message, unacknowledged });
  } else if (record.kind === 'acknowledged') {
    for (const messageId of record.messageIds) acknowledge(backlog, messageId, record.subscription);
  } else if (record.kind === 'failed') {
    backlog.get(record.messageId)?.unacknowledged.set(record.subscription, record.failures);
  } else if (record.kind === 'subscription-deleted') {
    for (const messageId of backlog.keys()) acknowledge(backlog, messageId, record.name);
  }
}

/** A message that every subscription acknowledged leaves the memory while the replay goes on. */
function acknowledge(backlog: Backlog, messageId: string, subscription: string): void {
  const known = backlog.get(messageId);
  known?.unacknowledged.delete(subscription);
  if (known?.unacknowledged.size === 0) backlog.delete(messageId);
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

function idIn(record: JournalRecord): number {
  if (record.kind === 'last-id') return record.messageId;
  return record.kind === 'message' ? Number(record.message.messageId) : 0;
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

/** Brings back what earlier runs left in the journal. Open deliveries are forgotten, not counted. */
export function restore(broker: Broker, records: Iterable<JournalRecord>, now: Date): void {
  const backlog: Backlog = new Map();
  for (const record of records) {
    replayResource(broker, record);
    replayMessage(backlog, record);
    broker.lastId = Math.max(broker.lastId, idIn(record));
  }
  for (const { message, unacknowledged } of backlog.values()) {
    const read = readStoredMessage(message);
    for (const [name, failures] of unacknowledged) {
      const live = broker.subscriptions.get(name);
      // A subscription drops messages older than its retention.
      const isKept = live && now.getTime() - read.publishTime <= milliseconds(live.config.messageRetentionDuration);
      if (isKept) live.queue.add(read, failures);
    }
  }
}
