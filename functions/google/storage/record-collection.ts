import { type Listed, parseNamedRecord, type RecordKind, type Versioned } from '../../core/records/codec.ts';
import { type JsonObjects, type ListRange, recordOf } from './json-objects.ts';

type Written = { generation: string } | 'conflict';

/** The records of one kind in a bucket, one object each. Reads check that name and content agree. */
export class RecordCollection<T extends Record<string, unknown>> {
  readonly #objects: JsonObjects;
  readonly #kind: RecordKind<T>;

  constructor(objects: JsonObjects, kind: RecordKind<T>) {
    this.#objects = objects;
    this.#kind = kind;
  }

  /** Undefined if the object does not exist. @throws CorruptRecordError */
  async read(name: string): Promise<Versioned<T> | undefined> {
    const stored = await this.#objects.read(name);
    return stored && { value: parseNamedRecord(this.#kind, stored.value, name), generation: stored.generation };
  }

  /** Lists the records below a prefix, and separately the objects that cannot be read. */
  async list(prefix: string, range: ListRange = {}): Promise<Listed<Versioned<T>>> {
    const unreadable: Listed<never>['unreadable'] = [];
    const records = await this.#objects.list(
      prefix,
      ({ name, generation, text }) => ({ value: parseNamedRecord(this.#kind, text, name), generation }),
      { ...range, onCorrupt: ({ object, why }) => unreadable.push({ object, why }) },
    );
    return { records, unreadable };
  }

  /** Writes if the stored generation is `expected`; null: if the object does not exist. */
  async write(record: T | (() => T), expected: string | null): Promise<Written> {
    const name = this.#kind.nameOf(recordOf(record));
    if (expected !== null) return this.#objects.replace(name, record, expected);
    const created = await this.#objects.create(name, record);
    return created === 'exists' ? 'conflict' : created;
  }
}
