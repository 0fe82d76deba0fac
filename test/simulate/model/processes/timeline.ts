import type { Clock } from '#functions/ports/system.ts';

type Moment = { time: number; order: number; happen: (() => void) | null };

/**
 * Virtual time: what shall happen happens in the order of its time, one thing at a time, and all that follows from it
 * without waiting has followed before the next thing happens.
 */
export class Timeline {
  readonly clock: Clock;
  steps = 0;
  #now: number;
  #orders = 0;
  readonly #heap: Moment[] = [];

  constructor(start: number) {
    this.#now = start;
    this.clock = { now: () => new Date(this.#now), sleep: (milliseconds) => this.sleep(milliseconds) };
  }

  get now(): number {
    return this.#now;
  }

  /** @returns what cancels it. */
  after(milliseconds: number, happen: () => void): () => void {
    return this.at(this.#now + Math.max(0, milliseconds), happen);
  }

  at(time: number, happen: () => void): () => void {
    const moment: Moment = { time: Math.max(Math.round(time), this.#now), order: this.#orders++, happen };
    push(this.#heap, moment);
    return () => {
      moment.happen = null;
    };
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve));
  }

  /** Lets time pass until `isOver`, or until nothing is left to happen, or until the time. */
  async pass(until: number, isOver: () => boolean): Promise<void> {
    await quiet();
    while (!isOver()) {
      const next = this.#heap[0];
      if (next === undefined || next.time > until) break;
      pop(this.#heap);
      if (next.happen === null) continue;
      this.#now = next.time;
      this.steps++;
      next.happen();
      await quiet();
    }
    if (!isOver()) this.#now = Math.max(this.#now, until);
  }
}

/** Every microtask has run. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isBefore(a: Moment, b: Moment): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

function push(heap: Moment[], moment: Moment): void {
  let index = heap.length;
  heap.push(moment);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent] as Moment;
    if (!isBefore(moment, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = moment;
}

function pop(heap: Moment[]): void {
  const last = heap.pop() as Moment;
  if (heap.length === 0) return;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Moment, heap[child] as Moment)) child++;
    if (!isBefore(heap[child] as Moment, last)) break;
    heap[index] = heap[child] as Moment;
    index = child;
  }
  heap[index] = last;
}
