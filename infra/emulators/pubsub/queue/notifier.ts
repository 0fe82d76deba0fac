/** Tells its listeners that there may be something for them: soon, and once for however many reasons. */
export class Notifier {
  readonly #listeners = new Set<() => void>();
  #scheduled = false;
  #closed = false;

  /** Returns the unsubscription. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  notify(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const listeners = [...this.#listeners];
      for (const listener of listeners) listener();
      this.#rotate(listeners[0]);
    });
  }

  /** Announces a last time. */
  close(): void {
    this.notify();
    this.#closed = true;
  }

  /** Whoever was asked first is asked last the next time: several consumers share the messages. */
  #rotate(first: (() => void) | undefined): void {
    if (first && this.#listeners.delete(first)) this.#listeners.add(first);
  }
}
