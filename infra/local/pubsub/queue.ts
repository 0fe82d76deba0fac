import { type Entry, endLease, hasLease, type Lane, type Lease, leasedAfter, newLane } from './lane.ts';
import { bytesOf } from './publish-limits.ts';
import type { PubsubMessage } from './resources.ts';
import { WakeHeap } from './wake-heap.ts';

export type Delivery = { ackId: string; message: PubsubMessage; attempt: number };

export type TakeOptions = {
  messages: number;
  /** The first message is taken whatever its size. */
  bytes?: number;
  /** How many of one ordering key may be out at the same time. */
  perKey?: number;
  leaseMilliseconds: number;
  /** Called when the delivery was acknowledged, refused, or ran out. */
  onEnd?: (message: PubsubMessage) => void;
};

export type QueueRules = {
  ordered: () => boolean;
  /** The delay before the next delivery, in milliseconds; 'drop' when the message left for its dead-letter topic. */
  onFailure: (message: PubsubMessage, failures: number) => number | 'drop';
};

/** Whether it has the form of an ack id: whether it still stands for a delivery is another question. */
export function isAckId(ackId: string): boolean {
  return /^\d+:\d+$/.test(ackId);
}

type Wake = { entry: Entry; delivery: number } | { lane: Lane };

/** The unacknowledged messages of one subscription: who has which, until when, and what comes next. */
export class Queue {
  readonly #rules: QueueRules;
  readonly #clock: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #lanes = new Map<string, Lane>();
  readonly #wakes = new WakeHeap<Wake>();
  readonly #listeners = new Set<() => void>();
  #ready: Lane[] = [];
  #readyHead = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #announced = false;
  #closed = false;

  constructor(rules: QueueRules, clock: () => number = () => performance.now()) {
    this.#rules = rules;
    this.#clock = clock;
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
    this.#listeners.add(listener);
    if (this.#hasReady()) this.#announce();
    return () => this.#listeners.delete(listener);
  }

  /** Asks the listeners again: one of them has got room for more. */
  nudge(): void {
    if (this.#hasReady()) this.#announce();
  }

  take(options: TakeOptions): Delivery[] {
    if (this.#closed) return [];
    this.#wake();
    const taken: Delivery[] = [];
    let bytes = options.bytes ?? Number.POSITIVE_INFINITY;
    while (taken.length < options.messages && this.#hasReady() && (taken.length === 0 || bytes > 0)) {
      const lane = this.#nextReady();
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

  /** Without a failure being counted, by message: what a journal says. */
  forget(messageId: string): void {
    const entry = this.#entries.get(messageId);
    if (entry) this.#remove(entry);
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
    clearTimeout(this.#timer);
    for (const entry of this.#entries.values()) endLease(entry);
    this.#announce();
    this.#closed = true;
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
    return { ackId: `${message.messageId}:${entry.delivery}`, message, attempt: entry.failures + 1 };
  }

  #find(ackId: string): Entry | undefined {
    const [messageId = '', delivery] = ackId.split(':');
    const entry = this.#entries.get(messageId);
    return entry && String(entry.delivery) === delivery ? entry : undefined;
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
    this.#announce();
  }

  #hasReady(): boolean {
    return this.#readyHead < this.#ready.length;
  }

  #nextReady(): Lane | undefined {
    const lane = this.#ready[this.#readyHead];
    this.#readyHead += 1;
    // Cutting the consumed half off now and then keeps a take at constant cost on average.
    if (this.#readyHead > 1024 && this.#readyHead * 2 > this.#ready.length) {
      this.#ready = this.#ready.slice(this.#readyHead);
      this.#readyHead = 0;
    }
    return lane;
  }

  #announce(): void {
    if (this.#announced || this.#closed) return;
    this.#announced = true;
    setImmediate(() => {
      this.#announced = false;
      const listeners = [...this.#listeners];
      for (const listener of listeners) listener();
      this.#rotate(listeners[0]);
    });
  }

  /** Whoever was asked first is asked last the next time: several consumers share the messages. */
  #rotate(first: (() => void) | undefined): void {
    if (first && this.#listeners.delete(first)) this.#listeners.add(first);
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
    const next = this.#wakes.nextAt;
    if (next === undefined || this.#closed || next >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = next;
    this.#timer = setTimeout(() => this.#onTimer(), Math.min(Math.max(0, next - this.#clock()) + 1, 2 ** 31 - 1));
  }

  #onTimer(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#wake();
    this.#schedule();
  }
}
