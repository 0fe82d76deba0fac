import type { Bucket, FileMetadata } from '@google-cloud/storage';
import { withRecordRetries } from './retry.ts';

export type ListPage = { items?: FileMetadata[]; prefixes?: string[] };

type ListQuery = { prefix: string; delimiter?: string; fields?: string; startOffset?: string };

/** Yields a list's pages of up to 1,000 entries, at most `most` entries in all. */
export async function* listPages(
  bucket: Bucket,
  query: ListQuery,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<ListPage> {
  let remaining = most;
  let pageToken: string | undefined;
  do {
    const asked = {
      ...query,
      autoPaginate: false,
      maxResults: Math.min(1000, remaining),
      ...(pageToken && { pageToken }),
    };
    const [, next, response] = await withRecordRetries(() => bucket.getFiles(asked));
    const page = response as ListPage;
    yield page;
    remaining -= (page.items?.length ?? 0) + (page.prefixes?.length ?? 0);
    pageToken = (next as { pageToken?: string } | null)?.pageToken;
  } while (pageToken !== undefined && remaining > 0);
}
