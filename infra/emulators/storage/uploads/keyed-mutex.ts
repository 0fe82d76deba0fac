type Holder = { last: Promise<unknown>; interrupt: () => void };

/**
 * Runs one task at a time for each key. A newer task comes from a client that has given up an older connection which this
 * server may still hold, so it interrupts the older task and begins when that has ended.
 */
export class KeyedMutex {
  readonly #lines = new Map<string, Holder>();

  async run<T>(key: string, interrupt: () => void, task: () => Promise<T>): Promise<T> {
    const before = this.#lines.get(key);
    before?.interrupt();
    const turn = (before?.last ?? Promise.resolve()).then(task);
    const line = { last: turn.catch(() => {}), interrupt };
    this.#lines.set(key, line);
    try {
      return await turn;
    } finally {
      if (this.#lines.get(key) === line) this.#lines.delete(key);
    }
  }
}
