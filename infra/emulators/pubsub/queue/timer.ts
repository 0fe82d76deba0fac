/** Node fires a longer timer at once. */
const LONGEST_MILLISECONDS = 2 ** 31 - 1;

/** One timer for the earliest of many times, given in milliseconds of the clock that it reads. */
export class EarliestTimer {
  readonly #clock: () => number;
  readonly #onDue: () => void;
  #timer: NodeJS.Timeout | undefined;
  #at = Number.POSITIVE_INFINITY;

  constructor(clock: () => number, ring: () => void) {
    this.#clock = clock;
    this.#onDue = ring;
  }

  /** Fires at this time unless an earlier one is set; the callback sets the next time. */
  setAtLatest(at: number | undefined): void {
    if (at === undefined || at >= this.#at) return;
    clearTimeout(this.#timer);
    this.#at = at;
    const wait = Math.max(0, at - this.#clock()) + 1;
    this.#timer = setTimeout(() => this.#onTimer(), Math.min(wait, LONGEST_MILLISECONDS));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#at = Number.NEGATIVE_INFINITY;
  }

  #onTimer(): void {
    this.#at = Number.POSITIVE_INFINITY;
    this.#onDue();
  }
}
