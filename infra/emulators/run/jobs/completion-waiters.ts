/** The calls that wait for an execution's completion. */
export class CompletionWaiters {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Resolves when it completed, or after so many milliseconds. */
  wait(uid: string, limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(uid) ?? new Set();
      const done = () => {
        clearTimeout(timer);
        waiting.delete(done);
        if (waiting.size === 0) this.#waiting.delete(uid);
        resolve();
      };
      const timer = setTimeout(done, limitMs);
      this.#waiting.set(uid, waiting.add(done));
    });
  }

  wake(uid: string): void {
    for (const done of [...(this.#waiting.get(uid) ?? [])]) done();
  }

  wakeAll(): void {
    for (const uid of [...this.#waiting.keys()]) this.wake(uid);
  }
}
