const WINDOW_MS = 60_000;

/** Calls per location in a sliding window of 60 s; a refused call takes nothing. */
export class RunQuota {
  readonly #limit: number;
  readonly #calls = new Map<string, number[]>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True when the call is within the quota, which it then uses up. */
  take(location: string, now: number): boolean {
    const times = this.#calls.get(location) ?? [];
    const first = times.findIndex((time) => time > now - WINDOW_MS);
    if (first !== 0) times.splice(0, first === -1 ? times.length : first);
    this.#calls.set(location, times);
    if (times.length >= this.#limit) return false;
    times.push(now);
    return true;
  }
}
