import type { LaunchReservations } from '#functions/core/launch/quota.ts';
import type { Change, StoredObject } from '../model/cloud/buckets.ts';
import { TOO_SOON } from '../model/cloud/storage-client.ts';
import { ServerError, type WireCall } from '../model/cloud/wire.ts';
import { buckets } from '../model/names.ts';
import type { Context } from './watch.ts';

/** The processes that request slots of a location, and the winners of its batches in order. */
type Place = { winners: string[]; askers: Map<string, Asker> };

/** A process that has requested slots and got none so far. */
type Asker = {
  /** The number of batches at its last request; undefined after a fault. */
  since: number | undefined;
  passedBy: Map<string, number>;
};

const FOLDER = 'quota/';
/** A process reserves at most this far ahead of its clock, and a batch is at most this much of the quota. */
const HORIZON_MS = 10_000;
/** The window of the quota for `jobs.run`; an older slot may be overwritten. */
const MINUTE_MS = 60_000;
/** All batches of three minutes. By chance, one wait in 2^18 is as long; 10,000 seeds have some thousands of waits. */
const MOST_BATCHES = 18;

/**
 * A process reserves neither farther ahead than HORIZON_MS nor more than a batch, overwrites no slot of the last minute, and
 * never wins MOST_BATCHES batches while another process keeps requesting and gets none.
 *
 * Each winner counts by itself, because their sum depends on their number: of two processes that request in the same way each
 * wins the next batch with the same probability, so MOST_BATCHES in a row are not chance. Processes count, not runtimes,
 * because a reservation names no runtime. A process that stops requesting, or met a fault, is not counted.
 */
export class Fairness {
  /** Slots reserved in all locations. */
  reserved = 0;
  readonly #places = new Map<string, Place>();
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** A read of the reservations is a request. */
  sent(call: WireCall): void {
    const place = this.#placeOf(call);
    if (place === undefined) return;
    const asker = place.askers.get(call.process) ?? { since: undefined, passedBy: new Map() };
    if (call.method === 'objects.get') {
      place.askers.set(call.process, asker);
      this.#count(call, asker, place.winners);
      asker.since = place.winners.length;
    }
    if (this.#isFaulty(call)) asker.since = undefined;
  }

  /** In an outage no fault is injected, and every call is refused. */
  answered(call: WireCall, answer: unknown): void {
    if (!(answer instanceof ServerError) || answer.code === 404 || answer.code === 412) return;
    // Another's write a moment before is no fault: that is what the race is about.
    if (answer.message.includes(TOO_SOON)) return;
    const asker = this.#placeOf(call)?.askers.get(call.process);
    if (asker !== undefined) asker.since = undefined;
  }

  changed({ name, before, after }: Change, by: WireCall | null): void {
    if (!name.startsWith(FOLDER)) return;
    if (by === null) throw new Error(`${name} was written without a call`);
    const [old, now] = [timesIn(before), timesIn(after)];
    const taken = without(now, old);
    this.reserved += taken.length;
    this.#context.world.watch.waste.reserved(taken.length, by);
    const why = this.#whyNot(without(old, now), taken, by.sentAt + this.#context.world.skewOf(by.instance));
    if (why !== undefined) this.#context.violate('launch times', `${by.process} ${why} (${by.id}, ${name})`);
    // A report of what Cloud Run answered takes no slot.
    if (taken.length === 0) return;
    const place = this.#placeOf(by);
    place?.winners.push(by.process);
    place?.askers.delete(by.process);
  }

  /** @param sentAt the process knew this time at most when it chose. */
  #whyNot(lost: readonly number[], taken: readonly number[], sentAt: number): string | undefined {
    const stolen = lost.filter((time) => time > sentAt - MINUTE_MS);
    if (stolen.length > 0) return `took away ${stolen.length} launch times of the last minute or later`;
    const most = Math.ceil((this.#context.world.config.runsPerMinute * HORIZON_MS) / MINUTE_MS);
    if (taken.length > most) return `reserved ${taken.length} launch times at once, not ${most}`;
    const ahead = Math.max(...taken) - sentAt;
    return ahead > HORIZON_MS ? `reserved a launch time ${ahead} ms ahead, not ${HORIZON_MS}` : undefined;
  }

  #count({ process, resource }: WireCall, { since, passedBy }: Asker, winners: readonly string[]): void {
    if (since === undefined) return;
    for (const winner of winners.slice(since)) {
      const batches = (passedBy.get(winner) ?? 0) + 1;
      passedBy.set(winner, batches);
      if (batches <= MOST_BATCHES) continue;
      this.#context.violate(
        'fairness',
        `${winner} got ${batches} batches of ${resource}, ${process} asked and got none`,
      );
    }
  }

  /** FaultInjector decides on a request right before it is sent. */
  #isFaulty({ id }: WireCall): boolean {
    return this.#context.world.faults.injected.at(-1) === id;
  }

  #placeOf({ resource }: WireCall): Place | undefined {
    if (!resource.startsWith(`${buckets.control}/${FOLDER}`)) return undefined;
    const place = this.#places.get(resource) ?? { winners: [], askers: new Map() };
    this.#places.set(resource, place);
    return place;
  }
}

function timesIn(stored: StoredObject | null): number[] {
  return stored === null ? [] : (JSON.parse(stored.body) as LaunchReservations).reserved;
}

/** Several launches may have the same time. */
function without(times: readonly number[], others: readonly number[]): number[] {
  const left = [...others];
  return times.filter((time) => {
    const index = left.indexOf(time);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}
