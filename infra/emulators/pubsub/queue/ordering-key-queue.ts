import type { PubsubMessage } from '../resources/resources.ts';

/** One unacknowledged message of one subscription. */
export type Entry = {
  readonly message: PubsubMessage;
  readonly lane: Lane;
  /** Refusals and missed deadlines so far. */
  failures: number;
  /** Counts the deliveries: an ack id names one of them. */
  delivery: number;
  lease: Lease | undefined;
};

/** A delivery that is neither acknowledged nor given up; `endsAt` in milliseconds of the queue's clock. */
export type Lease = { endsAt: number; onEnd: (() => void) | undefined };

/**
 * What has to stay in order: the messages of one ordering key, or a single message without one. Nothing of a lane is
 * delivered while an earlier delivery of it is open or backs off.
 */
export type Lane = {
  readonly orderingKey: string;
  readonly entries: Entry[];
  state: 'idle' | 'ready' | 'leased' | 'waiting';
  notBefore: number;
};

export function newLane(orderingKey: string): Lane {
  return { orderingKey, entries: [], state: 'idle', notBefore: 0 };
}

export function hasLease(lane: Lane): boolean {
  return lane.entries.some((entry) => entry.lease !== undefined);
}

/** Ends a lease, so that whoever held it knows. */
export function endLease(entry: Entry): void {
  const onEnd = entry.lease?.onEnd;
  entry.lease = undefined;
  onEnd?.();
}

/** The entries of the lane that were handed out after this one: a redelivery has to repeat them too. */
export function leasedAfter(entry: Entry): Entry[] {
  const { entries } = entry.lane;
  return entries.slice(entries.indexOf(entry) + 1).filter((later) => later.lease !== undefined);
}
