import { type Guard, isLockedDown } from '../../../functions/core/guard.ts';
import { baseName, names } from '../../../functions/core/object-names.ts';
import type { StoredObject } from '../model/buckets.ts';
import { buckets } from '../model/names.ts';
import type { WireCall } from '../model/wire.ts';
import type { AssignmentChange, Context } from './watch.ts';

/** A process may act on what it has been told of holds and freezes for this long. */
const FRESH_MS = 2_500;

/** Who is held keeps its assignment; in a freeze or a lockdown nothing is launched but what was in flight. */
export class Operators {
  /** What each process was told last, by what it listed. */
  readonly #listings = new Map<string, string[]>();
  readonly #guards = new Map<string, Guard>();
  /** When each process was last told of ledger, holds, freezes and guard, which it asks for together. */
  readonly #asked = new Map<string, number>();
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  listed({ process, resource }: WireCall, answer: unknown): void {
    const isAbout = ['holds/', 'freezes/'].some((prefix) => resource.startsWith(`${buckets.control}/${prefix}`));
    if (isAbout || resource.startsWith(`${buckets.pins}/`)) this.#asked.set(process, this.#context.world.timeline.now);
    if (!isAbout) return;
    const found = (answer as { objects: StoredObject[] }).objects.map(({ name }) => baseName(name));
    this.#listings.set(`${process} ${resource}`, found);
  }

  read({ process, resource }: WireCall, body: string): void {
    if (resource !== `${buckets.assignments}/${names.guard}`) return;
    this.#asked.set(process, this.#context.world.timeline.now);
    this.#guards.set(process, JSON.parse(body) as Guard);
  }

  assigned({ before, after, by }: AssignmentChange): void {
    const isMoved = before?.revision !== after.revision;
    const isClaimed = after.launchId !== null && after.launchId !== before?.launchId;
    if (!isMoved && !isClaimed) return;
    const { runtime, tenant } = after;
    this.#check(by, `holds/${runtime}/`, [tenant], `${runtime}/${tenant} was moved or launched while it is held`);
    if (!isClaimed) return;
    this.#check(by, 'freezes/', ['all', runtime], `${runtime}/${tenant} was launched in a freeze`);
    const guard = this.#guards.get(by.process);
    if (guard === undefined || isLockedDown(guard, runtime)) {
      this.#context.violate('brake', `${runtime}/${tenant} was launched in a lockdown: ${by.process} knew`);
    }
  }

  #check(by: WireCall, prefix: string, forbidden: readonly string[], message: string): void {
    const listing = this.#listings.get(`${by.process} ${buckets.control}/${prefix}`);
    const { violate } = this.#context;
    if (listing === undefined) violate('brake', `${by.process} never asked for ${prefix}`);
    else if (listing.some((name) => forbidden.includes(name))) violate('brake', `${message}: ${by.process} knew`);
    const age = by.sentAt - (this.#asked.get(by.process) ?? 0);
    if (age > FRESH_MS) violate('brake', `${by.process} acts on ${prefix} that it read ${age} ms ago: ${by.id}`);
  }
}
