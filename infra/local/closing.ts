type End = () => Promise<unknown>;

/** What was started, to be stopped in the opposite order. What finishes starting after the stop is stopped at once. */
export class Closing {
  readonly #ends: End[] = [];
  #closed = false;

  async add(end: End): Promise<void> {
    if (this.#closed) await end();
    else this.#ends.push(end);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const end of this.#ends.splice(0).reverse()) await end();
  }
}
