import {
  CorruptRecordError,
  type Listed,
  parseNamedRecord,
  type RecordKind,
  type Versioned,
} from '#functions/core/records/codec.ts';
import type { ObjectStore } from './stores/object-store.ts';

/** The records below a prefix, and the objects there that cannot be read, as the real adapters list them. */
export function listRecords<T>(bucket: ObjectStore, kind: RecordKind<T>, prefix: string): Listed<Versioned<T>> {
  const listed: Listed<Versioned<T>> = { records: [], unreadable: [] };
  for (const { name, text, generation } of bucket.list(prefix)) {
    try {
      listed.records.push({ value: parseNamedRecord(kind, text, name), generation });
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) throw error;
      listed.unreadable.push({ object: name, why: error.why });
    }
  }
  return listed;
}

/** @throws CorruptRecordError */
export function readRecord<T>(bucket: ObjectStore, kind: RecordKind<T>, name: string): Versioned<T> | undefined {
  const stored = bucket.read(name);
  return stored && { value: parseNamedRecord(kind, stored.text, name), generation: stored.generation };
}
