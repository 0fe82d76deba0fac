import type { PubsubMessage } from '#functions/core/messages/pubsub-message.ts';
import type { Timeline } from '../processes/timeline.ts';
import type { SeededRandom } from '../random.ts';

export type Published = {
  /** Names it in every run with the same seed. */
  id: string;
  topic: string;
  messageId: string;
  publishedAt: number;
  data: string;
  attributes: Readonly<Record<string, string>>;
};

/** What becomes of a delivery: `acked`, or delivered again. */
export type Deliver = (message: Published, attempt: number) => Promise<'acked' | 'failed'>;

type DeliveryFault = 'delayed' | 'duplicated' | 'ack-lost' | 'dropped';

/** Asked for every message and every delivery. */
export type DeliveryFaults = (fault: DeliveryFault, id: string) => boolean;

const FIRST_ID = 1_000_000;
const MAX_ATTEMPTS = 5;
const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 600_000;

/** Pub/Sub: at least once, in any order, again after a failure, in the end to the dead letters. */
export class PubSub {
  readonly published: Published[] = [];
  readonly deadLetters: Published[] = [];
  /** Deliveries that are under way or planned, by topic. */
  readonly #pending = new Map<string, number>();
  readonly #timeline: Timeline;
  readonly #random: SeededRandom;
  readonly #deliver: Deliver;
  readonly #faults: DeliveryFaults;

  constructor(timeline: Timeline, random: SeededRandom, deliver: Deliver, faults: DeliveryFaults) {
    this.#timeline = timeline;
    this.#random = random;
    this.#deliver = deliver;
    this.#faults = faults;
  }

  pendingOf(topic: string): number {
    return this.#pending.get(topic) ?? 0;
  }

  messageOf(messageId: string): Published | undefined {
    return this.published[Number(messageId) - FIRST_ID];
  }

  publish(
    id: string,
    topic: string,
    data: string,
    attributes: Readonly<Record<string, string>> = {},
    { delay = 0, again }: { delay?: number; again?: number } = {},
  ): Published {
    const messageId = String(FIRST_ID + this.published.length);
    const message = { id, topic, messageId, publishedAt: this.#timeline.now, data, attributes };
    this.published.push(message);
    if (!this.#faults('dropped', id)) this.#plan(message, 1, delay + this.#random.between(`${id} delivery`, 5, 300));
    if (this.#faults('duplicated', id)) this.#plan(message, 1, this.#random.between(`${id} twice`, 5, 90_000), 'again');
    if (again !== undefined) this.#plan(message, 1, again, 'anew');
    return message;
  }

  #plan(message: Published, attempt: number, delay: number, copy = ''): void {
    const id = `${message.id}${copy}/${attempt}`;
    const extra = this.#faults('delayed', id) ? this.#random.between(`${id} delay`, 1_000, 120_000) : 0;
    this.#count(message.topic, 1);
    this.#timeline.after(delay + extra, () => {
      this.#deliver({ ...message, id: `${message.id}${copy}` }, attempt).then((outcome) => {
        this.#count(message.topic, -1);
        this.#settle(message, attempt, copy, outcome);
      });
    });
  }

  #count(topic: string, change: number): void {
    this.#pending.set(topic, this.pendingOf(topic) + change);
  }

  #settle(message: Published, attempt: number, copy: string, outcome: 'acked' | 'failed'): void {
    const isAcked = outcome === 'acked' && !this.#faults('ack-lost', `${message.id}${copy}/${attempt}`);
    if (isAcked) return;
    if (attempt >= MAX_ATTEMPTS) this.deadLetters.push(message);
    else this.#plan(message, attempt + 1, Math.min(FIRST_BACKOFF_MS * 2 ** (attempt - 1), LONGEST_BACKOFF_MS), copy);
  }
}

/** As a function receives it. */
export function received({ messageId, publishedAt, data, attributes }: Published): PubsubMessage {
  const publishTime = new Date(publishedAt).toISOString().replace('Z', '000000Z');
  return { messageId, publishTime, data, attributes: { ...attributes } };
}
