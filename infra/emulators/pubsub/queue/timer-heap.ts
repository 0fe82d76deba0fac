type Wake<T> = { at: number; item: T };

/** A binary min-heap of things to be looked at again at a time. */
export class WakeHeap<T> {
  readonly #wakes: Wake<T>[] = [];

  get nextAt(): number | undefined {
    return this.#wakes[0]?.at;
  }

  push(at: number, item: T): void {
    this.#wakes.push({ at, item });
    this.#rise(this.#wakes.length - 1);
  }

  /** Takes out everything that is due. */
  *due(now: number): Generator<T> {
    for (let first = this.#wakes[0]; first && first.at <= now; first = this.#wakes[0]) {
      this.#removeFirst();
      yield first.item;
    }
  }

  #removeFirst(): void {
    const last = this.#wakes.pop();
    if (!last || this.#wakes.length === 0) return;
    this.#wakes[0] = last;
    this.#sink(0);
  }

  #at(index: number): number {
    return this.#wakes[index]?.at ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#wakes[a], this.#wakes[b]];
    if (!first || !second) return;
    this.#wakes[a] = second;
    this.#wakes[b] = first;
  }

  #rise(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#at(parent) <= this.#at(index)) return;
      this.#swap(parent, index);
      index = parent;
    }
  }

  #sink(start: number): void {
    let index = start;
    for (;;) {
      const left = 2 * index + 1;
      const child = this.#at(left + 1) < this.#at(left) ? left + 1 : left;
      if (this.#at(index) <= this.#at(child)) return;
      this.#swap(index, child);
      index = child;
    }
  }
}
