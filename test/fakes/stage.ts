import type { Clock } from '#functions/ports/system.ts';

/** Which of so many waiting turns is next: a number below `choices`. */
export type Pick = (choices: number) => number;

const firstComeFirstServed: Pick = () => 0;

/** A work that waits for an answer that never comes. */
const STUCK = 'stuck';
export type Played<T> = PromiseSettledResult<T> | typeof STUCK;

type Sleeper = { until: number; wake: () => void };

/**
 * The virtual scheduler of all fakes: it gives one turn at a time, and time advances only when no call waits for a turn.
 * `pick` alone decides the order, so the same picks give the same run.
 */
export class Stage {
  readonly clock: Clock;
  readonly #pick: Pick;
  #now: number;
  #waiting: (() => void)[] = [];
  #sleepers: Sleeper[] = [];

  constructor(start: Date, pick: Pick = firstComeFirstServed) {
    this.#now = start.getTime();
    this.#pick = pick;
    this.clock = { now: () => new Date(this.#now), sleep: (milliseconds) => this.sleep(milliseconds) };
  }

  /** Resolves when it is this caller's turn. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when that much time has passed. */
  sleep(milliseconds: number): Promise<void> {
    const until = this.#now + Math.max(0, milliseconds);
    return new Promise((wake) => this.#sleepers.push({ until, wake }));
  }

  /** Advances time without giving a turn. */
  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Plays works to their ends, and returns how each ended. */
  async play<T>(...works: Promise<T>[]): Promise<Played<T>[]> {
    const ends: Played<T>[] = works.map(() => STUCK);
    let open = works.length;
    works.forEach((work, index) => {
      const settle = (end: Played<T>) => {
        ends[index] = end;
        open--;
      };
      work.then(
        (value) => settle({ status: 'fulfilled', value }),
        (reason: unknown) => settle({ status: 'rejected', reason }),
      );
    });
    await quiet();
    while (open > 0 && this.#next()) await quiet();
    return ends;
  }

  /** Plays one work to its end. Throws what it throws. */
  async run<T>(work: Promise<T>): Promise<T> {
    const [end] = await this.play(work);
    if (end === undefined || end === STUCK) throw new Error('the work waits for something that never answers');
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  }

  #next(): boolean {
    if (this.#waiting.length === 0) return this.#wakeNext();
    const [resolve] = this.#waiting.splice(this.#pick(this.#waiting.length), 1);
    resolve?.();
    return true;
  }

  #wakeNext(): boolean {
    if (this.#sleepers.length === 0) return false;
    const soonest = Math.min(...this.#sleepers.map(({ until }) => until));
    this.#now = Math.max(this.#now, soonest);
    const due = this.#sleepers.filter(({ until }) => until <= soonest);
    this.#sleepers = this.#sleepers.filter(({ until }) => until > soonest);
    for (const { wake } of due) wake();
    return true;
  }
}

/** Resolves when every microtask has run, so that only calls that wait for a turn or for time are left. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
