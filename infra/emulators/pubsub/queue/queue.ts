import { bytesOf } from '../resources/publish-limits.ts';
import type { PubsubMessage } from '../resources/resources.ts';
import { ackIdOf, type Delivery, messageIdOf, type TakeOptions } from './delivery.ts';
import { Fifo } from './fifo.ts';
import { Announcer } from './notifier.ts';
import { type Entry, endLease, hasLease, type Lane, type Lease, leasedAfter, newLane } from './ordering-key-queue.ts';
import { Alarm } from './timer.ts';
import { WakeHeap } from './timer-heap.ts';

export type QueueRules = {
  ordered: () => boolean;
  /** The delay before the next delivery, in milliseconds; 'drop' when the message left for its dead-letter topic. */
  onFailure: (message: PubsubMessage, failures: number) => number | 'drop';
};

type Wake = { entry: Entry; delivery: number } | { lane: Lane };

/** The unacknowledged messages of one subscription: who has which, until when, and what comes next. */
export class Queue {
  readonly #rules: QueueRules;
  readonly #clock: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #lanes = new Map<string, Lane>();
  readonly #wakes = new WakeHeap<Wake>();
  readonly #ready = new Fifo<Lane>();
  readonly #announcer = new Announcer();
  readonly #alarm: Alarm;
  #closed = false;

  constructor(rules: QueueRules, clock: () => number = () => performance.now()) {
    this.#rules = rules;
    this.#clock = clock;
    this.#alarm = new Alarm(clock, () => this.#onAlarm());
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Every unacknowledged message with its failures so far, oldest first. */
  *unacknowledged(): Generator<{ message: PubsubMessage; failures: number }> {
    for (const { message, failures } of this.#entries.values()) yield { message, failures };
  }

  add(message: PubsubMessage, failures = 0): void {
    const lane = this.#laneOf(message);
    const entry: Entry = { message, lane, failures, delivery: 0, lease: undefined };
    lane.entries.push(entry);
    this.#entries.set(message.messageId, entry);
    if (lane.state === 'idle') this.#makeReady(lane);
  }

  /** Calls back, soon and once, whenever something may be ready to be taken. Returns the unsubscription. */
  listen(listener: () => void): () => void {
    const stop = this.#announcer.listen(listener);
    this.nudge();
    return stop;
  }

  /** Asks the listeners again: one of them has got room for more. */
  nudge(): void {
    if (this.#ready.length > 0) this.#announcer.announce();
  }

  take(options: TakeOptions): Delivery[] {
    if (this.#closed) return [];
    this.#wake();
    const taken: Delivery[] = [];
    let bytes = options.bytes ?? Number.POSITIVE_INFINITY;
    while (taken.length < options.messages && this.#ready.length > 0 && (taken.length === 0 || bytes > 0)) {
      const lane = this.#ready.shift();
      if (lane?.state !== 'ready') continue;
      const count = Math.min(options.perKey ?? 1, options.messages - taken.length);
      lane.state = 'leased';
      for (const entry of lane.entries.slice(0, count)) {
        if (taken.length > 0 && bytes <= 0) break;
        bytes -= bytesOf(entry.message);
        taken.push(this.#lease(entry, options));
      }
    }
    this.#schedule();
    return taken;
  }

  /** The messages that these ack ids still stand for; an unknown or overtaken one is none. */
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
    this.#wakes.push(lease.endsAt, { entry, delivery: entry.delivery });
    this.#schedule();
  }

  /** Ends every delivery; whoever listens is told once more. */
  close(): void {
    this.#closed = true;
    this.#alarm.close();
    for (const entry of this.#entries.values()) endLease(entry);
    this.#announcer.close();
  }

  #laneOf({ orderingKey }: PubsubMessage): Lane {
    if (orderingKey === '' || !this.#rules.ordered()) return newLane('');
    const lane = this.#lanes.get(orderingKey) ?? newLane(orderingKey);
    this.#lanes.set(orderingKey, lane);
    return lane;
  }

  #lease(entry: Entry, { leaseMilliseconds, onEnd }: TakeOptions): Delivery {
    const { message } = entry;
    entry.delivery += 1;
    entry.lease = { endsAt: this.#clock() + leaseMilliseconds, onEnd: onEnd && (() => onEnd(message)) };
    if (leaseMilliseconds !== Number.POSITIVE_INFINITY) {
      this.#wakes.push(entry.lease.endsAt, { entry, delivery: entry.delivery });
    }
    return { ackId: ackIdOf(message.messageId, entry.delivery), message, attempt: entry.failures + 1 };
  }

  #find(ackId: string): Entry | undefined {
    const entry = this.#entries.get(messageIdOf(ackId));
    return entry && ackIdOf(entry.message.messageId, entry.delivery) === ackId ? entry : undefined;
  }

  #remove(entry: Entry): void {
    const { lane, message } = entry;
    this.#entries.delete(message.messageId);
    lane.entries.splice(lane.entries.indexOf(entry), 1);
    endLease(entry);
    this.#settle(lane);
  }

  #fail(entry: Entry): void {
    entry.failures += 1;
    const delay = this.#rules.onFailure(entry.message, entry.failures);
    const later = leasedAfter(entry);
    if (delay === 'drop') {
      this.#remove(entry);
      return;
    }
    entry.lane.notBefore = Math.max(entry.lane.notBefore, this.#clock() + delay);
    endLease(entry);
    later.forEach(endLease);
    this.#settle(entry.lane);
  }

  /** Decides what becomes of a lane of which a delivery has ended. */
  #settle(lane: Lane): void {
    if (lane.entries.length === 0) {
      lane.state = 'idle';
      if (this.#lanes.get(lane.orderingKey) === lane) this.#lanes.delete(lane.orderingKey);
      return;
    }
    if (hasLease(lane) || lane.state === 'ready') return;
    if (lane.notBefore <= this.#clock()) {
      this.#makeReady(lane);
      return;
    }
    lane.state = 'waiting';
    this.#wakes.push(lane.notBefore, { lane });
    this.#schedule();
  }

  #makeReady(lane: Lane): void {
    lane.state = 'ready';
    this.#ready.push(lane);
    this.#announcer.announce();
  }

  #wake(): void {
    const now = this.#clock();
    for (const wake of this.#wakes.due(now)) {
      if ('lane' in wake) {
        if (wake.lane.state === 'waiting' && wake.lane.notBefore <= now) this.#makeReady(wake.lane);
      } else if (wake.entry.delivery === wake.delivery && wake.entry.lease && wake.entry.lease.endsAt <= now) {
        this.#fail(wake.entry);
      }
    }
  }

  #schedule(): void {
    if (!this.#closed) this.#alarm.setAtLatest(this.#wakes.nextAt);
  }

  #onAlarm(): void {
    this.#wake();
    this.#schedule();
  }
}
