import { invalid } from '../errors.ts';

/** The last entry of a page; the next page begins after it. `generation` only in lists of versions. */
export type PageToken = { name: string; generation?: number; prefix?: never } | { prefix: string };

export function formatPageToken(token: PageToken): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** Throws 400 for a token that no page gave. */
export function parsePageToken(text: string): PageToken {
  try {
    const { name, prefix, generation } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<
      string,
      unknown
    >;
    if (typeof prefix === 'string') return { prefix };
    if (typeof name === 'string') return typeof generation === 'number' ? { name, generation } : { name };
  } catch {
    // Not JSON: refused below like every other token that is not ours.
  }
  throw invalid(`Invalid page token: '${text}'`, 'pageToken');
}
