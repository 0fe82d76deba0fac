/**
 * Items in the order of their creation, found by their number in O(log n) and listed newest first from any point, so that a
 * page token outlives insertions and deletions.
 */
export class SequenceList<T> {
  #items: { sequence: number; value: T | undefined }[] = [];
  #dead = 0;

  get size(): number {
    return this.#items.length - this.#dead;
  }

  /** @param sequence larger than every earlier one */
  append(sequence: number, value: T): void {
    this.#items.push({ sequence, value });
  }

  delete(sequence: number): void {
    const item = this.#items[this.#indexBefore(sequence + 1)];
    if (item?.sequence !== sequence || item.value === undefined) return;
    item.value = undefined;
    this.#dead += 1;
    if (this.#dead > 32 && this.#dead * 2 > this.#items.length) this.#compact();
  }

  /** Newest first, those with a smaller number than `before`. */
  *newestFirst(before = Number.POSITIVE_INFINITY): Generator<T> {
    for (let index = this.#indexBefore(before); index >= 0; index -= 1) {
      const value = this.#items[index]?.value;
      if (value !== undefined) yield value;
    }
  }

  *oldestFirst(): Generator<T> {
    for (const { value } of this.#items) if (value !== undefined) yield value;
  }

  /** The last index whose number is below `sequence`; -1 if every number is larger. */
  #indexBefore(sequence: number): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#items[middle]?.sequence ?? 0) < sequence) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #compact(): void {
    this.#items = this.#items.filter((item) => item.value !== undefined);
    this.#dead = 0;
  }
}
