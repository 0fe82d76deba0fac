import type { PubsubMessage } from '../resources/resources.ts';

/** One unacknowledged message of one subscription. */
export type Entry = {
  readonly message: PubsubMessage;
  readonly keyQueue: OrderingKeyQueue;
  /** Refusals and missed deadlines so far. */
  failures: number;
  /** Counts the deliveries: an ack id names one of them. */
  delivery: number;
  lease: Lease | undefined;
};

/** A delivery that is neither acknowledged nor given up; `endsAt` in milliseconds of the queue's clock. */
export type Lease = { endsAt: number; onEnd: (() => void) | undefined };

/**
 * The messages of one ordering key, or a single message without one. While an earlier delivery of it is open or backs off,
 * the queue delivers nothing more of it.
 */
export type OrderingKeyQueue = {
  readonly orderingKey: string;
  readonly entries: Entry[];
  state: 'idle' | 'ready' | 'leased' | 'waiting';
  notBefore: number;
};

export function newOrderingKeyQueue(orderingKey: string): OrderingKeyQueue {
  return { orderingKey, entries: [], state: 'idle', notBefore: 0 };
}

export function hasLease(keyQueue: OrderingKeyQueue): boolean {
  return keyQueue.entries.some((entry) => entry.lease !== undefined);
}

/** Ends a lease and calls its holder back. */
export function endLease(entry: Entry): void {
  const onEnd = entry.lease?.onEnd;
  entry.lease = undefined;
  onEnd?.();
}

/** The entries of the same queue that were handed out after this one: a redelivery has to repeat them too. */
export function leasedAfter(entry: Entry): Entry[] {
  const { entries } = entry.keyQueue;
  return entries.slice(entries.indexOf(entry) + 1).filter((later) => later.lease !== undefined);
}
