import { type Journal, memoryJournal } from '../../journal.ts';
import { Queue } from '../queue/queue.ts';
import { type AttributeFilter, parseFilter } from '../resources/filter.ts';
import { alreadyExists, notFound } from '../resources/names.ts';
import { checkPublish } from '../resources/publish-limits.ts';
import {
  DELETED_TOPIC,
  type NewMessage,
  type PubsubMessage,
  type Subscription,
  type Topic,
} from '../resources/resources.ts';
import { redeliveryDelay } from './backoff.ts';
import { deadLettered } from './dead-letter.ts';
import { type JournalRecord, storedMessage } from './journal-records.ts';

export type LiveSubscription = { config: Subscription; readonly matches: AttributeFilter; readonly queue: Queue };

/** The pushers follow which subscriptions exist. */
export type BrokerListener = {
  changed(live: LiveSubscription): void;
  ended(live: LiveSubscription): void;
};

export type BrokerOptions = { now: () => Date; listener?: BrokerListener };

type Published = { message: PubsubMessage; to: LiveSubscription[] };

function messageRecord({ message, to }: Published): JournalRecord {
  const unacknowledged = Object.fromEntries(to.map(({ config }) => [config.name, 0]));
  return { kind: 'message', message: storedMessage(message), unacknowledged };
}

const noListener: BrokerListener = { changed: () => {}, ended: () => {} };

/** Topics, subscriptions and messages. Every change is journaled before it is made. */
export class Broker {
  readonly topics = new Map<string, Topic>();
  readonly subscriptions = new Map<string, LiveSubscription>();
  readonly #now: () => Date;
  readonly #listener: BrokerListener;
  lastId = 0;
  #journal: Journal<JournalRecord> = memoryJournal;

  constructor({ now, listener }: BrokerOptions) {
    this.#now = now;
    this.#listener = listener ?? noListener;
  }

  topic(name: string): Topic {
    const topic = this.topics.get(name);
    if (topic) return topic;
    throw notFound(name);
  }

  subscription(name: string): LiveSubscription {
    const live = this.subscriptions.get(name);
    if (live) return live;
    throw notFound(name);
  }

  createTopic(topic: Topic): void {
    if (this.topics.has(topic.name)) throw alreadyExists(topic.name);
    this.#journal.append([{ kind: 'topic', topic }]);
    this.topics.set(topic.name, topic);
  }

  /** Its subscriptions stay and keep what they have not acknowledged. */
  deleteTopic(name: string): void {
    this.topic(name);
    this.#journal.append([{ kind: 'topic-deleted', name }]);
    this.topics.delete(name);
    for (const live of this.subscriptionsOf(name)) live.config = { ...live.config, topic: DELETED_TOPIC };
  }

  subscriptionsOf(topicName: string): LiveSubscription[] {
    return [...this.subscriptions.values()].filter(({ config }) => config.topic === topicName);
  }

  createSubscription(config: Subscription): void {
    if (this.subscriptions.has(config.name)) throw alreadyExists(config.name);
    this.topic(config.topic);
    if (config.deadLetterPolicy) this.topic(config.deadLetterPolicy.deadLetterTopic);
    this.#journal.append([{ kind: 'subscription', subscription: config }]);
    this.#listener.changed(this.open(config));
  }

  updateSubscription(config: Subscription): void {
    const live = this.subscription(config.name);
    if (config.deadLetterPolicy) this.topic(config.deadLetterPolicy.deadLetterTopic);
    this.#journal.append([{ kind: 'subscription', subscription: config }]);
    live.config = config;
    this.#listener.changed(live);
  }

  deleteSubscription(name: string): void {
    const live = this.subscription(name);
    this.#journal.append([{ kind: 'subscription-deleted', name }]);
    this.subscriptions.delete(name);
    live.queue.close();
    this.#listener.ended(live);
  }

  /** @returns the message ids, in the order of the messages */
  publish(topicName: string, messages: readonly NewMessage[]): string[] {
    this.topic(topicName);
    checkPublish(messages);
    return this.#distribute(topicName, messages);
  }

  acknowledge(name: string, ackIds: readonly string[]): void {
    const { queue } = this.subscription(name);
    const messageIds = queue.messagesOf(ackIds).map(({ messageId }) => messageId);
    if (messageIds.length === 0) return;
    this.#journal.append([{ kind: 'acknowledged', subscription: name, messageIds }]);
    queue.acknowledge(ackIds);
  }

  /** Adds a subscription without journaling it. */
  open(config: Subscription): LiveSubscription {
    const queue: Queue = new Queue({
      ordered: () => live.config.enableMessageOrdering,
      onFailure: (message, failures) => this.#onFailure(live, message, failures),
    });
    const live: LiveSubscription = { config, matches: parseFilter(config.filter), queue };
    this.subscriptions.set(config.name, live);
    return live;
  }

  /** Begins to journal and to push, after what earlier runs left was restored. */
  start(journal: Journal<JournalRecord>): void {
    this.#journal = journal;
    for (const live of this.subscriptions.values()) this.#listener.changed(live);
  }

  close(): void {
    for (const { queue } of this.subscriptions.values()) queue.close();
    this.#journal.close();
  }

  #distribute(topicName: string, messages: readonly NewMessage[]): string[] {
    const publishTime = this.#now().getTime();
    const subscriptions = this.subscriptionsOf(topicName);
    const deliveries: Published[] = messages.map((given) => {
      const message: PubsubMessage = { ...given, messageId: this.#newId(publishTime), publishTime };
      return { message, to: subscriptions.filter((live) => live.matches(message.attributes)) };
    });
    this.#journal.append(deliveries.filter(({ to }) => to.length > 0).map(messageRecord));
    for (const { message, to } of deliveries) for (const { queue } of to) queue.add(message);
    return deliveries.map(({ message }) => message.messageId);
  }

  /** Microseconds since the epoch, or one more than the last: unique also over restarts without a journal. */
  #newId(publishTime: number): string {
    this.lastId = Math.max(this.lastId + 1, publishTime * 1000);
    return String(this.lastId);
  }

  #onFailure(live: LiveSubscription, message: PubsubMessage, failures: number): number | 'drop' {
    const { name, deadLetterPolicy } = live.config;
    const exhausted = deadLetterPolicy && failures >= deadLetterPolicy.maxDeliveryAttempts;
    try {
      // Without its dead-letter topic a message is redelivered for ever, as with Google.
      if (exhausted && this.topics.has(deadLetterPolicy.deadLetterTopic)) {
        this.#distribute(deadLetterPolicy.deadLetterTopic, [deadLettered(message, name, failures)]);
        this.#journal.append([{ kind: 'acknowledged', subscription: name, messageIds: [message.messageId] }]);
        return 'drop';
      }
      this.#journal.append([{ kind: 'failed', subscription: name, messageId: message.messageId, failures }]);
    } catch {
      // The journal cannot be written: the message stays where it is and its next failure tries again.
    }
    return redeliveryDelay(live.config, failures);
  }
}
