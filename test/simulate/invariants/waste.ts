import type { Change } from '../model/buckets.ts';
import { projectRegionOf } from '../model/cloud-run.ts';
import type { ServerError, WireCall } from '../model/wire.ts';
import type { Context } from './watch.ts';

/** What a delivery took of the quota, and what it made of it. */
type Use = { reserved: number; called: number };

/** Slots are reserved, and `jobs.run` is called, for launches: few are for nothing. */
export class Waste {
  readonly #uses = new Map<string, Use>();
  readonly unused: number[] = [];
  readonly refused = new Map<string, number[]>();
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  reserved(slots: number, { process }: WireCall): void {
    this.#useOf(process).reserved += slots;
  }

  called({ process }: WireCall): void {
    this.#useOf(process).called++;
  }

  refusedCall({ resource }: WireCall, { message }: ServerError): void {
    if (!message.startsWith('the quota')) return;
    const where = projectRegionOf(resource);
    this.refused.set(where, [...(this.refused.get(where) ?? []), this.#context.world.timeline.now]);
  }

  /** A delivery has ended by itself. */
  ended(process: string): void {
    const use = this.#uses.get(process);
    if (use !== undefined) this.unused.push(use.reserved - use.called);
    if (use !== undefined && use.reserved - use.called > 1 && process.length < 0) this.#context.violate('waste', 'x');
  }

  #useOf(process: string): Use {
    const use = this.#uses.get(process) ?? { reserved: 0, called: 0 };
    this.#uses.set(process, use);
    return use;
  }
}
export type _unused = Change;
