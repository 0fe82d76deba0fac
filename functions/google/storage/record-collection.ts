import { type Listed, parseNamedRecord, type RecordKind, type Versioned } from '../../core/records/codec.ts';
import type { JsonObjects, ListRange } from './json-objects.ts';

type Written = { generation: string } | 'conflict';

/** The records of one kind in a bucket: one object each, whose name and content agree. */
export class RecordCollection<T extends object> {
  readonly #objects: JsonObjects;
  readonly #kind: RecordKind<T>;

  constructor(objects: JsonObjects, kind: RecordKind<T>) {
    this.#objects = objects;
    this.#kind = kind;
  }

  /** Undefined where there is no such object. @throws CorruptRecordError */
  async read(name: string): Promise<Versioned<T> | undefined> {
    const stored = await this.#objects.read(name);
    return stored && { value: parseNamedRecord(this.#kind, stored.value, name), generation: stored.generation };
  }

  /** Every record below a prefix; the objects that cannot be read stand beside them. */
  async list(prefix: string, range: ListRange = {}): Promise<Listed<Versioned<T>>> {
    const unreadable: Listed<never>['unreadable'] = [];
    const records = await this.#objects.list(
      prefix,
      ({ name, generation, text }) => ({ value: parseNamedRecord(this.#kind, text, name), generation }),
      { ...range, onCorrupt: ({ object, why }) => unreadable.push({ object, why }) },
    );
    return { records, unreadable };
  }

  /** Writes where the stored generation is still `expected`; null: where there is no object. */
  async write(record: T, expected: string | null): Promise<Written> {
    const name = this.#kind.nameOf(record);
    if (expected !== null) return this.#objects.replace(name, record, expected);
    const created = await this.#objects.create(name, record);
    return created === 'exists' ? 'conflict' : created;
  }
}
