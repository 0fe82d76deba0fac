/** As a bucket has it: the text of an object and the generation of its newest write. */
export type StoredObject = { text: string; generation: string };

/** A bucket of small objects, with Cloud Storage's preconditions: a generation is never used twice. */
export class ObjectStore {
  readonly #objects = new Map<string, StoredObject>();
  #generation = 1_000;

  /** `ifGenerationMatch=0` */
  create(name: string, text: string): { generation: string } | 'exists' {
    return this.#objects.has(name) ? 'exists' : this.#put(name, text);
  }

  /** `ifGenerationMatch=<expected>` */
  replace(name: string, text: string, expected: string): { generation: string } | 'conflict' {
    return this.#objects.get(name)?.generation === expected ? this.#put(name, text) : 'conflict';
  }

  /** As an operator's tool overwrites it. */
  put(name: string, text: string): void {
    this.#put(name, text);
  }

  delete(name: string): void {
    this.#objects.delete(name);
  }

  read(name: string): StoredObject | undefined {
    return this.#objects.get(name);
  }

  /** In the order of their names. */
  list(prefix = ''): ({ name: string } & StoredObject)[] {
    return [...this.#objects]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, object]) => ({ name, ...object }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #put(name: string, text: string): { generation: string } {
    const generation = String(++this.#generation);
    this.#objects.set(name, { text, generation });
    return { generation };
  }
}
