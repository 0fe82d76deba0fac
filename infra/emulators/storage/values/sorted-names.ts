import { compareNames } from './object-names.ts';

/** A set of names that can be read in order from any place: what a list walks. */
export class SortedNames {
  readonly #names: string[] = [];

  get size(): number {
    return this.#names.length;
  }

  at(index: number): string | undefined {
    return this.#names[index];
  }

  add(name: string): void {
    const last = this.#names.at(-1);
    if (last === undefined || compareNames(last, name) < 0) {
      this.#names.push(name);
      return;
    }
    const index = this.firstAtLeast(name);
    if (this.#names[index] !== name) this.#names.splice(index, 0, name);
  }

  delete(name: string): void {
    const index = this.firstAtLeast(name);
    if (this.#names[index] === name) this.#names.splice(index, 1);
  }

  /** The index of the first name that is not before `name`. */
  firstAtLeast(name: string): number {
    return this.#search((candidate) => compareNames(candidate, name) < 0);
  }

  /** The index of the first name after all that begin with `prefix`. */
  firstPast(prefix: string): number {
    return this.#search((candidate) => compareNames(candidate, prefix) < 0 || candidate.startsWith(prefix));
  }

  #search(isBefore: (name: string) => boolean): number {
    let low = 0;
    let high = this.#names.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(this.#names[middle] as string)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
