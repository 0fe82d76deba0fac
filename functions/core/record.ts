import * as v from 'valibot';
import { isDigest, parseDigest } from './digest.ts';
import { IDENTIFIER } from './identifier.ts';

/** The version that every object Pincast writes carries as `formatVersion`. */
export const FORMAT_VERSION = 1;

/** The metadata key under which a record stands beside its body, so that a list call returns it. */
export const RECORD_KEY = 'record';

/** The metadata key of the id that each write carries, by which a writer knows its own after a lost answer. */
export const WRITE_KEY = 'write';

/** Cloud Storage keeps 8 KiB of custom metadata an object; what is left is for other keys. */
export const MAX_RECORD_BYTES = 7 * 1024;

export const identifier = v.pipe(v.string(), v.regex(IDENTIFIER));
/** Guards are edited by hand: hex digits in upper case name the same digest. */
export const digest = v.pipe(v.string(), v.check(isDigest, 'not a digest'), v.transform(parseDigest));
export const timestamp = v.pipe(v.string(), v.isoTimestamp());
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
export const revision = v.pipe(v.number(), v.integer(), v.minValue(1));
export const formatVersion = v.literal(FORMAT_VERSION);

/** A stored object that is not what its name promises: written by another version, or by somebody else. */
export class CorruptRecordError extends Error {
  override readonly name = 'CorruptRecordError';
  readonly code = 'CORRUPT_RECORD';
  readonly object: string;
  constructor(object: string, message: string) {
    super(`${object}: ${message}`);
    this.object = object;
  }
}

/** Reads a stored record; `object` is its full name, for the error. @throws CorruptRecordError */
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

export function formatRecord(value: object): string {
  return JSON.stringify(value);
}

function parseJson(text: string, object: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CorruptRecordError(object, `not JSON (${(cause as Error).message})`);
  }
}
