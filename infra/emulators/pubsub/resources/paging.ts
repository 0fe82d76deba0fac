import { RpcError } from './rpc-error.ts';

const DEFAULT_SIZE = 100;
const MAX_SIZE = 1_000;

export type Page<T> = { items: T[]; nextPageToken: string };

/**
 * One page of named resources, ordered by name. The token is the last name, so creations and deletions between two calls
 * shift nothing.
 *
 * @throws RpcError INVALID_ARGUMENT for a negative size
 */
export function page<T extends { name: string }>(all: Iterable<T>, request: Record<string, unknown>): Page<T> {
  const { pageSize, pageToken } = request as { pageSize?: number; pageToken?: string };
  const asked = Number(pageSize ?? 0);
  if (asked < 0) throw new RpcError('INVALID_ARGUMENT', `page_size is ${asked}; zero or more is wanted.`);
  const size = Math.min(asked || DEFAULT_SIZE, MAX_SIZE);
  const after = Buffer.from(pageToken ?? '', 'base64url').toString();
  const rest = [...all].filter(({ name }) => name > after).sort((a, b) => (a.name < b.name ? -1 : 1));
  const items = rest.slice(0, size);
  const last = rest.length > size ? items.at(-1) : undefined;
  return { items, nextPageToken: last ? Buffer.from(last.name).toString('base64url') : '' };
}
