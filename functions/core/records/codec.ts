import * as v from 'valibot';

/** The metadata key that holds a copy of the record, so that a list call returns it. */
export const RECORD_KEY = 'record';

/** The metadata key of a write's id. After a lost answer a writer recognises its own write by it. */
export const WRITE_KEY = 'write';

/** Cloud Storage keeps 8 KiB of custom metadata per object; 1 KiB is for other keys. */
export const MAX_RECORD_BYTES = 7 * 1024;

/** Logs and the status show the text. Attack: a foreign object may have a million issues. */
const MAX_WHY = 500;

/** A stored object does not match its schema or name: another version or another program wrote it. */
export class CorruptRecordError extends Error {
  override readonly name = 'CorruptRecordError';
  readonly code = 'CORRUPT_RECORD';
  readonly object: string;
  readonly why: string;
  constructor(object: string, why: string) {
    const clipped = why.slice(0, MAX_WHY);
    super(`${object}: ${clipped}`);
    this.object = object;
    this.why = clipped;
  }
}

/** Parses a stored record. @param object its full name, for the error. @throws CorruptRecordError */
export function parseRecord<const S extends v.GenericSchema>(
  schema: S,
  text: string,
  object: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, parseJson(text, object));
  if (result.success) return result.output;
  throw new CorruptRecordError(
    object,
    result.issues.map((issue) => `${v.getDotPath(issue) ?? ''}: ${issue.message}`).join('; '),
  );
}

/** A kind of stored object: its schema, and the only name that a record may have. */
export type RecordKind<T> = { schema: v.GenericSchema<unknown, T>; nameOf: (record: T) => string };

/**
 * Parses a record whose content matches its object's name. Otherwise a registration that names another runtime than its
 * object would be launched by one runtime and searched in the other.
 *
 * @throws CorruptRecordError
 */
export function parseNamedRecord<T>({ schema, nameOf }: RecordKind<T>, text: string, object: string): T {
  const record = parseRecord(schema, text, object);
  const name = nameOf(record);
  if (name === object) return record;
  throw new CorruptRecordError(object, `its content belongs to ${name}; correct the content, or delete the object`);
}

/** The parsed record; null if it is corrupt. For records that only save work: the next write replaces them. */
export function readable<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch (error) {
    if (error instanceof CorruptRecordError) return null;
    throw error;
  }
}

export function formatRecord(value: object): string {
  return JSON.stringify(value);
}

/**
 * An object's custom metadata: the record, if it fits, so that a list call returns it.
 *
 * @param write the id of the write; absent: infrastructure wrote it, and never repeats a write whose answer was lost.
 */
export function recordMetadata(text: string, write?: string): Record<string, string> {
  const fits = Buffer.byteLength(text) <= MAX_RECORD_BYTES;
  return {
    formatVersion: '1',
    ...(write !== undefined && { [WRITE_KEY]: write }),
    ...(fits && { [RECORD_KEY]: text }),
  };
}

function parseJson(text: string, object: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CorruptRecordError(object, `not JSON (${(cause as Error).message})`);
  }
}

/** An object that `parseNamedRecord` rejected. It blocks its own tenant only. */
export type Unreadable = { object: string; why: string };

/** The result of a list call. */
export type Listed<T> = { records: T[]; unreadable: Unreadable[] };

/** A stored value and the generation it was read at; a CAS names that generation. */
export type Versioned<T> = { value: T; generation: string };
