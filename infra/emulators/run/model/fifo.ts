/** First in, first out, both ends in constant time. */
export class Fifo<T> {
  #incoming: T[] = [];
  #outgoing: T[] = [];

  put(item: T): void {
    this.#incoming.push(item);
  }

  take(): T | undefined {
    if (this.#outgoing.length === 0) {
      this.#outgoing = this.#incoming.reverse();
      this.#incoming = [];
    }
    return this.#outgoing.pop();
  }
}
