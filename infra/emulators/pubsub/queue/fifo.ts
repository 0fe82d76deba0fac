/** A first-in, first-out list that takes constant time on average. */
export class Fifo<T> {
  #items: T[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (this.length > 0) this.#head += 1;
    this.#dropConsumed();
    return item;
  }

  /** Cutting the consumed part off only when it is the larger half keeps the copying cheap. */
  #dropConsumed(): void {
    if (this.#head <= 1024 || this.#head * 2 <= this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
