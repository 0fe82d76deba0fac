import type { StoredObject } from '../model/records.ts';
import { type BucketState, versionsOf } from '../model/state.ts';
import { compareNames } from '../values/object-names.ts';
import type { PageToken } from '../values/page-token.ts';

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
  const page: Page = { items: [], prefixes: [] };
  let index = firstIndex(bucket, query);
  for (let name = bucket.names.at(index); name !== undefined && !isPast(name, query); name = bucket.names.at(index)) {
    const versions = versionsToList(bucket, name, query);
    const folder = versions.length > 0 ? folderOf(name, query) : undefined;
    if (versions.length > 0 && !addEntry(page, { name, versions, folder }, query)) return closed(page);
    index = folder === undefined ? index + 1 : bucket.names.firstPast(folder);
  }
  return { items: page.items, prefixes: page.prefixes };
}

type Page = { items: StoredObject[]; prefixes: string[]; last?: PageToken };

function closed({ items, prefixes, last }: Page): Listed {
  return { items, prefixes, ...(last && { next: last }) };
}

/** Adds the name's folder, or its versions; false: the page is full, and something is left. */
function addEntry(
  page: Page,
  { name, versions, folder }: { name: string; versions: StoredObject[]; folder: string | undefined },
  query: ListQuery,
): boolean {
  if (roomIn(page, query) <= 0) return false;
  if (folder !== undefined) {
    page.prefixes.push(folder);
    page.last = { prefix: folder };
    if (!query.includeTrailingDelimiter || name !== folder) return true;
    page.items.push(...versions);
    return true;
  }
  const fitting = versions.slice(0, roomIn(page, query));
  page.items.push(...fitting);
  page.last = tokenOf(name, fitting, query);
  return fitting.length === versions.length;
}

function roomIn({ items, prefixes }: Page, { limit }: ListQuery): number {
  return limit - items.length - prefixes.length;
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

function tokenOf(name: string, listed: StoredObject[], { versions }: ListQuery): PageToken {
  const generation = listed.at(-1)?.generation;
  return versions && generation !== undefined ? { name, generation } : { name };
}
