import type { RecheckRequest } from '#functions/core/messages/recheck-request.ts';
import type { StoredObject } from '../model/cloud/buckets.ts';
import type { Published } from '../model/cloud/pubsub.ts';
import type { WireCall } from '../model/cloud/wire.ts';
import type { Context } from './watch.ts';

const PROMPT_INTERVAL_MS = 2_000;

/** Of the reconciles that receipts ask for, at most one per runtime starts every 2 s; a tick that waited too long does nothing. */
export class Requests {
  /** Deliveries of ticks that were due long ago. */
  readonly #stale = new Set<string>();
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  began(process: string, { data, publishedAt, topic }: Published): void {
    const { timeline, config, skew } = this.#context.world;
    if (topic !== 'fleet-recheck') return;
    const { runtime, relaunch } = JSON.parse(data) as Partial<RecheckRequest>;
    const age = timeline.now - publishedAt - skew;
    if (runtime === undefined && !relaunch && age > config.recheckStaleSeconds * 1000) this.#stale.add(process);
  }

  sent({ process, method, resource }: WireCall): void {
    if (this.#stale.has(process))
      this.#context.violate('requests', `${process} is a tick of long ago, and asks for ${method} ${resource}`);
  }

  /** The start of a reconcile that a receipt asked for is marked. */
  started(name: string, before: StoredObject | null, after: StoredObject | null): void {
    if (this.#context.world.skew > 0 || before === null || after === null) return;
    const pause = startOf(after) - startOf(before);
    if (pause < PROMPT_INTERVAL_MS)
      this.#context.violate('requests', `${name} starts a reconcile ${pause} ms after the one before`);
  }
}

function startOf({ body }: StoredObject): number {
  return Date.parse((JSON.parse(body) as { startedAt: string }).startedAt);
}
