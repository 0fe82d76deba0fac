import { invalid } from '../model/rpc-error.ts';

const DEFAULT_SIZE = 100;
const MAX_SIZE = 1_000;

export type PageRequest = { pageSize?: number | null; pageToken?: string | null };
export type Page<T> = { items: T[]; nextPageToken: string };

/** Where a page goes on: the number of the last item of the page before. Nothing for the first page. */
export function pageStart({ pageToken }: PageRequest): number | undefined {
  if (!pageToken) return undefined;
  const start = Buffer.from(pageToken, 'base64url').toString();
  if (!/^\d{1,15}$/.test(start))
    throw invalid([`pageToken ${JSON.stringify(pageToken)} was not issued by this server`]);
  return Number(start);
}

/** Takes one page of a sequence that was already begun at `pageStart`. */
export function takePage<T>(items: Iterable<T>, request: PageRequest, keyOf: (item: T) => number): Page<T> {
  if ((request.pageSize ?? 0) < 0) throw invalid([`pageSize is ${request.pageSize}, 0 or more is wanted`]);
  const size = Math.min(request.pageSize || DEFAULT_SIZE, MAX_SIZE);
  const page: T[] = [];
  for (const item of items) {
    const last = page.at(-1);
    if (page.length === size && last !== undefined) {
      return { items: page, nextPageToken: Buffer.from(String(keyOf(last))).toString('base64url') };
    }
    page.push(item);
  }
  return { items: page, nextPageToken: '' };
}
