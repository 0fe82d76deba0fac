/** Calls its listeners back in the next turn of the event loop, once for all notifications until then. */
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

  /** Notifies a last time. */
  close(): void {
    this.notify();
    this.#closed = true;
  }

  /** The first listener becomes the last, so that several consumers share the messages. */
  #rotate(first: (() => void) | undefined): void {
    if (first && this.#listeners.delete(first)) this.#listeners.add(first);
  }
}
