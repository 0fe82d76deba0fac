import { invalid, notServed } from '../errors.ts';
import type { ObjectSettings } from '../model/records.ts';

const TEXTS = [
  'contentType',
  'contentEncoding',
  'contentDisposition',
  'contentLanguage',
  'cacheControl',
  'customTime',
  'storageClass',
] as const;
/** Holds would keep an object from being deleted, which this server does not do. */
const HOLDS = ['temporaryHold', 'eventBasedHold'];
const NOT_SERVED = ['retention', 'contexts'];
const MAX_METADATA_BYTES = 8 * 1024;

type Resource = Record<string, unknown>;

/** What an insert's object resource sets. Output-only fields are ignored, as the API does. Throws 400. */
export function parseSettings(resource: Resource): ObjectSettings {
  return patchSettings({}, resource);
}

/** PATCH semantics: an absent field stays, null removes it; the same holds for each key of the custom metadata. */
export function patchSettings(settings: ObjectSettings, patch: Resource): ObjectSettings {
  const refused =
    NOT_SERVED.find((field) => patch[field] !== undefined && patch[field] !== null) ??
    HOLDS.find((field) => patch[field] === true);
  if (refused) throw notServed('objects', refused, `the object field '${refused}'`);
  const next: Resource = { ...settings };
  for (const field of TEXTS) assign(next, patch, field);
  if (patch.metadata !== undefined) next.metadata = patchMetadata(settings.metadata ?? {}, patch.metadata);
  if (next.metadata === undefined) delete next.metadata;
  return next as ObjectSettings;
}

function assign(next: Resource, patch: Resource, field: string): void {
  const value = patch[field];
  if (value === undefined) return;
  if (value === null || value === '') delete next[field];
  else if (typeof value === 'string') next[field] = value;
  else throw invalid(`Invalid value for '${field}': wanted a string, got ${JSON.stringify(value)}.`);
}

function patchMetadata(metadata: Record<string, string>, patch: unknown): Record<string, string> | undefined {
  if (patch === null) return undefined;
  if (typeof patch !== 'object' || Array.isArray(patch))
    throw invalid("Invalid value for 'metadata': wanted an object.");
  const next = new Map(Object.entries(metadata));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) next.delete(key);
    else if (typeof value === 'string') next.set(key, value);
    else throw invalid(`Invalid value for 'metadata.${key}': wanted a string, got ${JSON.stringify(value)}.`);
  }
  checkSize(next);
  return next.size === 0 ? undefined : Object.fromEntries(next);
}

function checkSize(metadata: Map<string, string>): void {
  let bytes = 0;
  for (const [key, value] of metadata) bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  if (bytes > MAX_METADATA_BYTES) {
    throw invalid(`The custom metadata is ${bytes} bytes long; at most ${MAX_METADATA_BYTES} are allowed.`);
  }
}
