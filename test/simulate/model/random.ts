/**
 * Random numbers by name: the seed and the name alone decide each. A sequence would not do, because leaving out one event
 * would change every later number, and no failing run could be shrunk.
 */
export class SeededRandom {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = mix(seed ^ 0x9e3779b9);
  }

  /** 0 to below 1. */
  draw(name: string): number {
    let hash = this.#seed;
    for (let index = 0; index < name.length; index++) {
      hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
    }
    return mix(hash) / 2 ** 32;
  }

  chance(name: string, probability: number): boolean {
    return this.draw(name) < probability;
  }

  between(name: string, least: number, most: number): number {
    return least + this.draw(name) * (most - least);
  }

  whole(name: string, least: number, most: number): number {
    return Math.floor(this.between(name, least, most + 1));
  }

  pick<T>(name: string, choices: readonly T[]): T {
    const choice = choices[Math.floor(this.draw(name) * choices.length)];
    if (choice === undefined) throw new Error(`there is nothing to pick for ${name}`);
    return choice;
  }
}

/** murmur3's last step: every bit of the input moves every bit of the output. */
function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
