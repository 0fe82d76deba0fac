type Holder = { last: Promise<unknown>; interrupt: () => void };

/**
 * Lets one task at a time have a key. A newer task wins: it comes from a client that has given up the older connection, which
 * this side may not have noticed yet; so the older one is interrupted, and the newer one begins when it has ended.
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
