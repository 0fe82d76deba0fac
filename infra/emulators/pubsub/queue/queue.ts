import { Heap } from 'heap-js';
import YoctoQueue from 'yocto-queue';
import { bytesOf } from '../resources/publish-limits.ts';
import type { PubsubMessage } from '../resources/resources.ts';
import { ackIdOf, type Delivery, messageIdOf, type TakeOptions } from './delivery.ts';
import { Notifier } from './notifier.ts';
import {
  type Entry,
  endLease,
  hasLease,
  type Lease,
  leasedAfter,
  newOrderingKeyQueue,
  type OrderingKeyQueue,
} from './ordering-key-queue.ts';
import { EarliestTimer } from './timer.ts';

export type QueueRules = {
  ordered: () => boolean;
  /** The delay before the next delivery, in milliseconds; 'drop' when the message left for its dead-letter topic. */
  onFailure: (message: PubsubMessage, failures: number) => number | 'drop';
};

/** A time at which a lease ends or a key's queue may be delivered again, in milliseconds of the queue's clock. */
type Wake = { at: number } & ({ entry: Entry; delivery: number } | { keyQueue: OrderingKeyQueue });

/** The unacknowledged messages of one subscription: who has which, until when, and what comes next. */
export class Queue {
  readonly #rules: QueueRules;
  readonly #clock: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #keyQueues = new Map<string, OrderingKeyQueue>();
  readonly #wakes = new Heap<Wake>((a, b) => a.at - b.at);
  readonly #ready = new YoctoQueue<OrderingKeyQueue>();
  readonly #notifier = new Notifier();
  readonly #timer: EarliestTimer;
  #closed = false;

  constructor(rules: QueueRules, clock: () => number = () => performance.now()) {
    this.#rules = rules;
    this.#clock = clock;
    this.#timer = new EarliestTimer(clock, () => this.#onTimer());
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Every unacknowledged message with its failures so far, oldest first. */
  *unacknowledged(): Generator<{ message: PubsubMessage; failures: number }> {
    for (const { message, failures } of this.#entries.values()) yield { message, failures };
  }

  add(message: PubsubMessage, failures = 0): void {
    const keyQueue = this.#keyQueueOf(message);
    const entry: Entry = { message, keyQueue: keyQueue, failures, delivery: 0, lease: undefined };
    keyQueue.entries.push(entry);
    this.#entries.set(message.messageId, entry);
    if (keyQueue.state === 'idle') this.#makeReady(keyQueue);
  }

  /** Calls back, soon and once, whenever something may be ready to be taken. Returns the unsubscription. */
  listen(listener: () => void): () => void {
    const stop = this.#notifier.listen(listener);
    this.notify();
    return stop;
  }

  /** Asks the listeners again: one of them can take more. */
  notify(): void {
    if (this.#ready.size > 0) this.#notifier.notify();
  }

  take(options: TakeOptions): Delivery[] {
    if (this.#closed) return [];
    this.#wake();
    const taken: Delivery[] = [];
    let bytes = options.bytes ?? Number.POSITIVE_INFINITY;
    while (taken.length < options.messages && this.#ready.size > 0 && (taken.length === 0 || bytes > 0)) {
      const keyQueue = this.#ready.dequeue();
      if (keyQueue?.state !== 'ready') continue;
      const count = Math.min(options.perKey ?? 1, options.messages - taken.length);
      keyQueue.state = 'leased';
      for (const entry of keyQueue.entries.slice(0, count)) {
        if (taken.length > 0 && bytes <= 0) break;
        bytes -= bytesOf(entry.message);
        taken.push(this.#lease(entry, options));
      }
    }
    this.#schedule();
    return taken;
  }

  /** The messages that these ack ids still name; unknown and outdated ids are left out. */
  messagesOf(ackIds: readonly string[]): PubsubMessage[] {
    return ackIds.flatMap((ackId) => this.#find(ackId)?.message ?? []);
  }

  acknowledge(ackIds: readonly string[]): void {
    for (const ackId of ackIds) {
      const entry = this.#find(ackId);
      if (entry) this.#remove(entry);
    }
  }

  /** Zero refuses the delivery; anything else moves the end of a delivery that is still open. */
  modifyDeadline(ackId: string, milliseconds: number): void {
    const entry = this.#find(ackId);
    if (!entry?.lease) return;
    if (milliseconds === 0) this.#fail(entry);
    else this.#extend(entry, entry.lease, milliseconds);
  }

  #extend(entry: Entry, lease: Lease, milliseconds: number): void {
    lease.endsAt = this.#clock() + milliseconds;
    this.#wakes.push({ at: lease.endsAt, entry, delivery: entry.delivery });
    this.#schedule();
  }

  /** Ends every delivery and notifies the listeners a last time. */
  close(): void {
    this.#closed = true;
    this.#timer.close();
    for (const entry of this.#entries.values()) endLease(entry);
    this.#notifier.close();
  }

  #keyQueueOf({ orderingKey }: PubsubMessage): OrderingKeyQueue {
    if (orderingKey === '' || !this.#rules.ordered()) return newOrderingKeyQueue('');
    const keyQueue = this.#keyQueues.get(orderingKey) ?? newOrderingKeyQueue(orderingKey);
    this.#keyQueues.set(orderingKey, keyQueue);
    return keyQueue;
  }

  #lease(entry: Entry, { leaseMilliseconds, onEnd }: TakeOptions): Delivery {
    const { message } = entry;
    entry.delivery += 1;
    entry.lease = { endsAt: this.#clock() + leaseMilliseconds, onEnd: onEnd && (() => onEnd(message)) };
    if (leaseMilliseconds !== Number.POSITIVE_INFINITY) {
      this.#wakes.push({ at: entry.lease.endsAt, entry, delivery: entry.delivery });
    }
    return { ackId: ackIdOf(message.messageId, entry.delivery), message, attempt: entry.failures + 1 };
  }

  #find(ackId: string): Entry | undefined {
    const entry = this.#entries.get(messageIdOf(ackId));
    return entry && ackIdOf(entry.message.messageId, entry.delivery) === ackId ? entry : undefined;
  }

  #remove(entry: Entry): void {
    const { keyQueue, message } = entry;
    this.#entries.delete(message.messageId);
    keyQueue.entries.splice(keyQueue.entries.indexOf(entry), 1);
    endLease(entry);
    this.#settle(keyQueue);
  }

  #fail(entry: Entry): void {
    entry.failures += 1;
    const delay = this.#rules.onFailure(entry.message, entry.failures);
    const later = leasedAfter(entry);
    if (delay === 'drop') {
      this.#remove(entry);
      return;
    }
    entry.keyQueue.notBefore = Math.max(entry.keyQueue.notBefore, this.#clock() + delay);
    endLease(entry);
    later.forEach(endLease);
    this.#settle(entry.keyQueue);
  }

  /** The next state of a key's queue whose delivery has ended. */
  #settle(keyQueue: OrderingKeyQueue): void {
    if (keyQueue.entries.length === 0) {
      keyQueue.state = 'idle';
      if (this.#keyQueues.get(keyQueue.orderingKey) === keyQueue) this.#keyQueues.delete(keyQueue.orderingKey);
      return;
    }
    if (hasLease(keyQueue) || keyQueue.state === 'ready') return;
    if (keyQueue.notBefore <= this.#clock()) {
      this.#makeReady(keyQueue);
      return;
    }
    keyQueue.state = 'waiting';
    this.#wakes.push({ at: keyQueue.notBefore, keyQueue });
    this.#schedule();
  }

  #makeReady(keyQueue: OrderingKeyQueue): void {
    keyQueue.state = 'ready';
    this.#ready.enqueue(keyQueue);
    this.#notifier.notify();
  }

  #wake(): void {
    const now = this.#clock();
    for (let wake = this.#wakes.peek(); wake && wake.at <= now; wake = this.#wakes.peek()) {
      this.#wakes.pop();
      if ('keyQueue' in wake) {
        if (wake.keyQueue.state === 'waiting' && wake.keyQueue.notBefore <= now) this.#makeReady(wake.keyQueue);
      } else if (wake.entry.delivery === wake.delivery && wake.entry.lease && wake.entry.lease.endsAt <= now) {
        this.#fail(wake.entry);
      }
    }
  }

  #schedule(): void {
    if (!this.#closed) this.#timer.setAtLatest(this.#wakes.peek()?.at);
  }

  #onTimer(): void {
    this.#wake();
    this.#schedule();
  }
}
