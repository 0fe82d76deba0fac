import { type Assignment, isInFlight } from '#functions/core/records/assignment.ts';
import { type Guard, isLockedDown } from '#functions/core/records/guard.ts';
import { baseName, names } from '#functions/core/records/object-names.ts';
import type { StoredObject } from '../model/cloud/buckets.ts';
import type { WireCall } from '../model/cloud/wire.ts';
import { buckets } from '../model/names.ts';
import type { AssignmentChange, Context } from './watch.ts';

/** A process may act on what it has been told of holds and freezes for this long. */
const FRESH_MS = 5_000;

/** What a process was told of a thing, and when. */
type Told<T> = { at: number; what: T };

/**
 * A held tenant keeps its assignment; in a freeze or a lockdown only launches in flight go on, and no tenant is
 * moved to a revoked digest, or launched with one.
 *
 * A process reads holds, freezes and the guard together, and may act on its last complete read while that is fresh, although it
 * was told of one of them anew.
 */
export class Operators {
  /** What each process was told, the latest first, by what it listed. */
  readonly #listings = new Map<string, Told<string[]>[]>();
  readonly #guards = new Map<string, Told<Guard>[]>();
  /** When each process was last told of ledger, holds, freezes and guard, which it asks for together. */
  readonly #asked = new Map<string, number>();
  /** When a process first sent the write of an object. */
  readonly #firstSent = new Map<string, number>();
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** A write that fails for the moment is sent again: it has been under way since the first time. */
  wrote(call: WireCall): void {
    const key = writeOf(call);
    if (!this.#firstSent.has(key)) this.#firstSent.set(key, call.sentAt);
  }

  /** The write has ended. */
  conflicted(call: WireCall): void {
    this.#firstSent.delete(writeOf(call));
  }

  /** `jobs.run` leaves a process. */
  called({ process, instance, sentAt, id }: WireCall): void {
    if (process.startsWith('operator')) return;
    const age = sentAt - (this.#asked.get(instance) ?? 0);
    if (age > FRESH_MS) this.#context.violate('controls', `${id} launches on what was read ${age} ms ago`);
  }

  listed({ instance, resource }: WireCall, answer: unknown): void {
    const isAbout = ['holds/', 'freezes/'].some((prefix) => resource.startsWith(`${buckets.control}/${prefix}`));
    if (isAbout || resource.startsWith(`${buckets.pins}/`)) this.#asked.set(instance, this.#now());
    if (!isAbout) return;
    const found = (answer as { objects: StoredObject[] }).objects.map(({ name }) => baseName(name));
    this.#tell(this.#listings, `${instance} ${resource}`, found);
  }

  read({ instance, resource }: WireCall, body: string): void {
    if (resource !== `${buckets.assignments}/${names.guard}`) return;
    this.#asked.set(instance, this.#now());
    this.#tell(this.#guards, instance, JSON.parse(body) as Guard);
  }

  assigned({ before, after, by }: AssignmentChange): void {
    const sentAt = this.#firstSent.get(writeOf(by)) ?? by.sentAt;
    this.#firstSent.delete(writeOf(by));
    const isMoved = before?.revision !== after.revision;
    const isClaimed = isInFlight(after) && after.launchId !== before?.launchId;
    if (!isMoved && !isClaimed) return;
    const { runtime, tenant } = after;
    const about = (prefix: string) => this.#listings.get(`${by.instance} ${buckets.control}/${prefix}`) ?? [];
    const isNotHeld = (holds: string[]) => !holds.includes(tenant);
    if (!mayThink(about(`holds/${runtime}/`), sentAt, isNotHeld))
      this.#violate(by, after, 'moved or launched while held');
    if (isClaimed) {
      const isFree = (frozen: string[]) => !['all', runtime].some((name) => frozen.includes(name));
      if (!mayThink(about('freezes/'), sentAt, isFree)) this.#violate(by, after, 'launched in a freeze');
      const isOpen = (guard: Guard) => !isLockedDown(guard, runtime);
      if (!mayThink(this.#guards.get(by.instance) ?? [], sentAt, isOpen))
        this.#violate(by, after, 'launched in a lockdown');
    }
    const isAllowed = ({ revokedDigests }: Guard) => !revokedDigests.includes(after.digest);
    if (!mayThink(this.#guards.get(by.instance) ?? [], sentAt, isAllowed))
      this.#violate(by, after, 'moved or launched with a revoked digest');
    const age = sentAt - (this.#asked.get(by.instance) ?? 0);
    if (age > FRESH_MS) this.#violate(by, after, `moved or launched on what was read ${age} ms ago`);
  }

  #violate({ id }: WireCall, { runtime, tenant }: Assignment, how: string): void {
    this.#context.violate('controls', `${runtime}/${tenant} was ${how}, by ${id}`);
  }

  #tell<T>(told: Map<string, Told<T>[]>, key: string, what: T): void {
    told.set(key, [{ at: this.#now(), what }, ...(told.get(key) ?? [])]);
  }

  #now(): number {
    return this.#context.world.timeline.now;
  }
}

function writeOf({ process, resource }: WireCall): string {
  return `${process} ${resource}`;
}

function upTo<T>(told: readonly Told<T>[], time: number): Told<T>[] {
  return told.filter(({ at }) => at <= time);
}

/** Whether one of the fresh tellings, or else the latest, allows it. */
function mayThink<T>(told: readonly Told<T>[], sentAt: number, allows: (what: T) => boolean): boolean {
  const known = upTo(told, sentAt);
  return known.some(({ at, what }, index) => (index === 0 || at > sentAt - FRESH_MS) && allows(what));
}
