import { compareNames } from './object-names.ts';
import type { PageToken } from './page-token.ts';
import type { StoredObject } from './records.ts';
import { type BucketState, versionsOf } from './state.ts';

/** What to list; `matches` is the compiled matchGlob. Offsets: start inclusive, end exclusive. */
export type ListQuery = {
  prefix: string;
  delimiter: string;
  startOffset: string;
  endOffset?: string;
  includeTrailingDelimiter: boolean;
  versions: boolean;
  /** Items and prefixes together. */
  limit: number;
  after?: PageToken;
  matches?: (name: string) => boolean;
};

export type Listed = { items: StoredObject[]; prefixes: string[]; next?: PageToken };

/** One page. A common prefix is jumped over, not walked, so that a folder of a million objects costs one step. */
export function listObjects(bucket: BucketState, query: ListQuery): Listed {
  const listed: Listed = { items: [], prefixes: [] };
  let last: PageToken | undefined;
  let index = firstIndex(bucket, query);
  for (;;) {
    const name = bucket.names.at(index);
    if (name === undefined || isPast(name, query)) return listed;
    const found = versionsToList(bucket, name, query);
    const folder = found.length > 0 ? folderOf(name, query) : undefined;
    const count = listed.items.length + listed.prefixes.length;
    if (count >= query.limit && found.length > 0) return { ...listed, next: last as PageToken };
    if (folder !== undefined) {
      listed.prefixes.push(folder);
      last = { prefix: folder };
    }
    if (folder === undefined || (query.includeTrailingDelimiter && name === folder)) {
      const room = query.limit - listed.items.length - listed.prefixes.length;
      listed.items.push(...found.slice(0, Math.max(1, room)));
      last = lastOf(name, listed.items, query);
      if (found.length > Math.max(1, room)) return { ...listed, next: last };
    }
    index = folder === undefined ? index + 1 : bucket.names.firstPast(folder);
  }
}

function firstIndex(bucket: BucketState, { prefix, startOffset, after }: ListQuery): number {
  const start = compareNames(prefix, startOffset) < 0 ? startOffset : prefix;
  const first = bucket.names.firstAtLeast(start);
  if (!after) return first;
  if (after.prefix !== undefined) return Math.max(first, bucket.names.firstPast(after.prefix));
  const index = bucket.names.firstAtLeast(after.name);
  const skip = after.generation === undefined && bucket.names.at(index) === after.name ? 1 : 0;
  return Math.max(first, index + skip);
}

function isPast(name: string, { prefix, endOffset }: ListQuery): boolean {
  return !name.startsWith(prefix) || (endOffset !== undefined && compareNames(name, endOffset) >= 0);
}

function versionsToList(bucket: BucketState, name: string, query: ListQuery): StoredObject[] {
  if (query.matches && !query.matches(name)) return [];
  const live = bucket.live.get(name);
  if (!query.versions) return live ? [live] : [];
  const { after } = query;
  const from = after?.prefix === undefined && after?.name === name ? (after.generation ?? 0) : 0;
  return versionsOf(bucket, name).filter((version) => version.generation > from);
}

function folderOf(name: string, { prefix, delimiter }: ListQuery): string | undefined {
  if (delimiter === '') return undefined;
  const index = name.indexOf(delimiter, prefix.length);
  return index < 0 ? undefined : name.slice(0, index + delimiter.length);
}

function lastOf(name: string, items: StoredObject[], { versions }: ListQuery): PageToken {
  const generation = items.at(-1)?.generation;
  return versions && generation !== undefined ? { name, generation } : { name };
}
