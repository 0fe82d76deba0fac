import { isTransientStatus } from '../../core/values/retry.ts';
import { type ByteSink, type Source, StorageError } from '../../ports/sandbox.ts';
import { httpGet, show } from './get.ts';
import type { HttpHead } from './head.ts';

/**
 * An environment behind an HTTP URL. `stat` makes no request, because a URL signed for GET refuses HEAD. The first response's
 * validator (`ETag`, else `Last-Modified`) replaces the generation: after a change the server sends the object from 0.
 */
export function httpSource(url: string): Source {
  let validator: string | undefined;
  return {
    stat: async () => ({ generation: null, bytes: null, contentEncoding: null }),
    read: async (_stat, { start }, sink) => {
      const isResumable = start > 0 && validator !== undefined && !validator.startsWith('W/');
      const range: Record<string, string> = isResumable
        ? { range: `bytes=${start}-`, 'if-range': validator ?? '' }
        : {};
      await readHttp({ url, headers: range, start: isResumable ? start : 0 }, sink, (head) => {
        validator = head.headers.get('etag') ?? head.headers.get('last-modified');
      });
    },
  };
}

/**
 * Reads the stored bytes of a URL from `start` on, or from 0 if the server ignores ranges.
 *
 * @throws StorageError by the response's status; the connection's error
 */
export async function readHttp(
  { url, headers, start }: { url: string; headers: Readonly<Record<string, string>>; start: number },
  sink: ByteSink,
  onHead: (head: HttpHead) => void = () => undefined,
): Promise<void> {
  // `identity`, because the digest is that of the stored bytes.
  const all = { 'user-agent': 'pincast-sandbox', 'accept-encoding': 'identity', ...headers };
  await httpGet(url, all, (head) => {
    checkStatus(head, url);
    refuseEncoding(head, url);
    onHead(head);
    sink.begin(startOf(head, start));
    return (chunk) => sink.take(chunk);
  });
}

function checkStatus({ status }: HttpHead, url: string): void {
  if (status === 200 || status === 206) return;
  const message = `${show(url)} answered HTTP ${status}`;
  if (status === 404 || status === 403 || status === 410) throw new StorageError('missing', message);
  throw new StorageError(isTransientStatus(status) ? 'unavailable' : 'refused', message);
}

function refuseEncoding({ headers }: HttpHead, url: string): void {
  const encoding = headers.get('content-encoding');
  if (encoding === undefined || encoding === 'identity') return;
  throw new StorageError(
    'refused',
    `${show(url)} sends a Content-Encoding (${JSON.stringify(encoding.slice(0, 100))}): its bytes are not those stored`,
  );
}

function startOf({ status, headers }: HttpHead, asked: number): number {
  if (status === 200) return 0;
  const range = headers.get('content-range') ?? '';
  const start = Number(/^bytes (\d+)-/.exec(range)?.[1]);
  if (start === asked) return start;
  throw new StorageError(
    'refused',
    `asked for bytes from ${asked}, got ${range === '' ? 'no Content-Range' : JSON.stringify(range.slice(0, 100))}`,
  );
}
