import { ServerError } from './wire.ts';

export type StoredObject = {
  name: string;
  generation: string;
  body: string;
  metadata: Readonly<Record<string, string>>;
  contentEncoding: string | null;
  /** In milliseconds since the epoch; objects that are there from the beginning are old. */
  writtenAt: number;
};

export type Change = { bucket: string; name: string; before: StoredObject | null; after: StoredObject | null };

/** Cloud Storage as its servers see it: objects, generations that are never used twice, preconditions. */
export class Buckets {
  readonly #buckets = new Map<string, Map<string, StoredObject>>();
  readonly #sorted = new Map<string, string[]>();
  readonly #now: () => number;
  readonly #onChange: (change: Change) => void;
  #generation = 1_000;

  constructor(now: () => number, onChange: (change: Change) => void) {
    this.#now = now;
    this.#onChange = onChange;
  }

  /** Milliseconds since the object was written last. */
  ageOf(bucket: string, name: string): number {
    return this.#now() - (this.get(bucket, name)?.writtenAt ?? Number.NEGATIVE_INFINITY);
  }

  get(bucket: string, name: string): StoredObject | undefined {
    return this.#objects(bucket).get(name);
  }

  /** @param expected `0`: only where there is none; undefined: whatever there is. */
  put(
    bucket: string,
    name: string,
    body: string,
    expected?: string,
    metadata: Readonly<Record<string, string>> = {},
  ): StoredObject {
    const before = this.get(bucket, name) ?? null;
    if (expected !== undefined && (before?.generation ?? '0') !== expected) {
      throw new ServerError(412, `${bucket}/${name} is at generation ${before?.generation ?? 0}, expected ${expected}`);
    }
    const generation = String(++this.#generation);
    const after = { name, generation, body, metadata, contentEncoding: null, writtenAt: this.#now() };
    this.#objects(bucket).set(name, after);
    if (before === null) this.#sorted.delete(bucket);
    this.#onChange({ bucket, name, before, after });
    return after;
  }

  /** Creates an object before the run begins, without a notification. */
  seed(bucket: string, name: string, body: string, metadata: Readonly<Record<string, string>>): void {
    const generation = String(++this.#generation);
    const object = { name, generation, body, metadata, contentEncoding: null, writtenAt: 0 };
    this.#objects(bucket).set(name, object);
    this.#sorted.delete(bucket);
  }

  delete(bucket: string, name: string, expected?: string): void {
    const before = this.get(bucket, name);
    if (before === undefined) throw new ServerError(404, `there is no ${bucket}/${name}`);
    if (expected !== undefined && before.generation !== expected)
      throw new ServerError(412, `${bucket}/${name} changed`);
    this.#objects(bucket).delete(name);
    this.#sorted.delete(bucket);
    this.#onChange({ bucket, name, before, after: null });
  }

  /** In the order of their names: `startOffset` and what is behind it, and behind `after`, `most` of them. */
  list(
    bucket: string,
    prefix: string,
    { startOffset = '', after = '', most = Number.POSITIVE_INFINITY } = {},
  ): StoredObject[] {
    const objects = this.#objects(bucket);
    const names = this.#names(bucket);
    const found: StoredObject[] = [];
    const first = [prefix, startOffset, after].reduce((latest, name) => (name > latest ? name : latest));
    for (let index = firstFrom(names, first); index < names.length && found.length < most; index++) {
      const name = names[index] ?? '';
      if (!name.startsWith(prefix)) break;
      if (name > after) found.push(objects.get(name) as StoredObject);
    }
    return found;
  }

  #objects(bucket: string): Map<string, StoredObject> {
    const known = this.#buckets.get(bucket) ?? new Map<string, StoredObject>();
    this.#buckets.set(bucket, known);
    return known;
  }

  #names(bucket: string): string[] {
    const known = this.#sorted.get(bucket) ?? [...this.#objects(bucket).keys()].sort();
    this.#sorted.set(bucket, known);
    return known;
  }
}

function firstFrom(names: readonly string[], prefix: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((names[middle] ?? '') < prefix) low = middle + 1;
    else high = middle;
  }
  return low;
}
