import * as v from 'valibot';
import { clip } from './clip.ts';
import type { Issue } from './issues.ts';

export type StrictJson<T> = { ok: true; value: T } | { ok: false; issues: Issue[] };

/**
 * Parses JSON by a schema of strict objects and returns every issue at once, because valibot stops at an object's first
 * unknown field and accepts a list as an object.
 */
export function parseStrictJson<const S extends v.GenericSchema>(
  schema: S,
  text: string,
): StrictJson<v.InferOutput<S>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { ok: false, issues: [{ path: '', message: clip(`not JSON: ${(error as Error).message}`) }] };
  }
  if (!isObject(json)) return { ok: false, issues: [notAnObject('', json)] };
  const result = v.safeParse(schema, json);
  const issues = [...(result.issues ?? []).filter(isReportedBySchema).map(toIssue), ...shapeIssues(schema, json, '')];
  return result.success && issues.length === 0 ? { ok: true, value: result.output } : { ok: false, issues };
}

type SchemaIssue = v.BaseIssue<unknown>;

function isReportedBySchema(issue: SchemaIssue): boolean {
  return !(issue.type === 'strict_object' && issue.expected === 'never');
}

function toIssue(issue: SchemaIssue): Issue {
  const path = v.getDotPath(issue) ?? '';
  const isMissing = issue.type === 'strict_object' && issue.received === 'undefined';
  return { path, message: isMissing ? 'missing' : clip(issue.message) };
}

type Entries = Readonly<Record<string, v.GenericSchema>>;

/** Unknown fields, and lists where objects belong. */
function shapeIssues(schema: v.GenericSchema, value: unknown, path: string): Issue[] {
  const entries = entriesOf(schema);
  if (entries === undefined || typeof value !== 'object' || value === null) return [];
  if (!isObject(value)) return [notAnObject(path, value)];
  return Object.entries(value).flatMap(([key, field]) => {
    const fieldPath = path === '' ? key : `${path}.${key}`;
    const known = Object.hasOwn(entries, key) ? entries[key] : undefined;
    return known === undefined
      ? [{ path: clip(fieldPath), message: 'unknown field' }]
      : shapeIssues(known, field, fieldPath);
  });
}

/** The fields of a strict object, also of one that is optional or piped. */
function entriesOf(schema: v.GenericSchema): Entries | undefined {
  const { entries, wrapped } = schema as { entries?: Entries; wrapped?: v.GenericSchema };
  return entries ?? (wrapped && entriesOf(wrapped));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notAnObject(path: string, value: unknown): Issue {
  return { path, message: `expected an object, got ${Array.isArray(value) ? 'a list' : describeValue(value)}` };
}

/** The value as JSON, at most 300 characters. */
export function describeValue(value: unknown): string {
  return clip(JSON.stringify(value) ?? String(value));
}
