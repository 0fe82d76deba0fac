import * as v from 'valibot';
import { IDENTIFIER } from '../values/identifier.ts';
import { baseName, names } from './object-names.ts';

/** The metadata key under which a record stands beside its body, so that a list call returns it. */
export const RECORD_KEY = 'record';

/** The metadata key of the id that each write carries, by which a writer knows its own after a lost answer. */
export const WRITE_KEY = 'write';

/** Cloud Storage keeps 8 KiB of custom metadata an object; what is left is for other keys. */
export const MAX_RECORD_BYTES = 7 * 1024;

/** A log line and a status page show it, and a foreign object may have a million faults. */
const MAX_WHY = 500;

/** A stored object that is not what its name promises: written by another version, or by somebody else. */
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

/** A kind of stored object: what its content is, and the one name that this content may stand under. */
export type RecordKind<T> = { schema: v.GenericSchema<unknown, T>; nameOf: (record: T) => string };

/**
 * Reads a record whose content and name agree. A registration that names another runtime than its object would be launched
 * by one runtime and looked for in the other.
 *
 * @throws CorruptRecordError
 */
export function parseNamedRecord<T>({ schema, nameOf }: RecordKind<T>, text: string, object: string): T {
  const record = parseRecord(schema, text, object);
  const name = nameOf(record);
  if (name === object) return record;
  throw new CorruptRecordError(object, `its content belongs into ${name}; correct its content, or delete it`);
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

/** A stored object that is not what its name promises. It costs its own tenant a reconcile, and no other. */
export type Unreadable = { object: string; why: string };

/** What a list call found below a prefix. */
export type Listed<T> = { records: T[]; unreadable: Unreadable[] };

/** The tenants of a runtime whose registration or assignment is among these objects. */
export function unreadableTenants(runtime: string, unreadable: readonly Unreadable[]): Set<string> {
  const tenants = unreadable.map(({ object }) => ({ object, tenant: baseName(object) }));
  const isOwn = ({ object, tenant }: { object: string; tenant: string }) =>
    IDENTIFIER.test(tenant) && [names.tenant(runtime, tenant), names.assignment(runtime, tenant)].includes(object);
  return new Set(tenants.filter(isOwn).map(({ tenant }) => tenant));
}

/** Every tenant that has a registration, whether or not it can be read. */
export function registeredTenants(runtime: string, { records, unreadable }: Listed<{ tenant: string }>): Set<string> {
  return new Set([...records.map(({ tenant }) => tenant), ...unreadableTenants(runtime, unreadable)]);
}

/** A stored value and the generation it was read at; a CAS names that generation. */
export type Versioned<T> = { value: T; generation: string };
