import type { Bucket, FileMetadata } from '@google-cloud/storage';
import { withRecordRetries } from './retry.ts';

export type ListPage = { items?: FileMetadata[]; prefixes?: string[] };

type ListQuery = { prefix: string; delimiter?: string; fields?: string; startOffset?: string };

/** A list's pages as the API gives them, a thousand entries each, and no more than `most` entries. */
export async function* listPages(
  bucket: Bucket,
  query: ListQuery,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<ListPage> {
  let left = most;
  let pageToken: string | undefined;
  do {
    const asked = { ...query, autoPaginate: false, maxResults: Math.min(1000, left), ...(pageToken && { pageToken }) };
    const [, next, response] = await withRecordRetries(() => bucket.getFiles(asked));
    const page = response as ListPage;
    yield page;
    left -= (page.items?.length ?? 0) + (page.prefixes?.length ?? 0);
    pageToken = (next as { pageToken?: string } | null)?.pageToken;
  } while (pageToken !== undefined && left > 0);
}
