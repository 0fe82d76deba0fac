import type { IncomingMessage } from 'node:http';
import { type Source, type SourceBytes, StoreFault } from '../ports/sandbox.ts';
import { httpGet, show } from './http-get.ts';

/**
 * An environment behind an HTTP URL. There is no stat: a URL signed for GET answers nothing else. The first answer's
 * validator (`ETag`, else `Last-Modified`) stands for the generation: a server whose object has changed begins again.
 */
export function httpSource(url: string): Source {
  let validator: string | undefined;
  return {
    stat: async () => ({ generation: null, bytes: null, contentEncoding: null }),
    read: async (_stat, start) => {
      const from = validator === undefined ? 0 : start;
      const response = await httpGet(url, headersFor(from, validator));
      checkStatus(response, url);
      refuseEncoding(response, url);
      validator = response.headers.etag ?? response.headers['last-modified'];
      return { start: startOf(response, from), chunks: bytesOf(response) } satisfies SourceBytes;
    },
  };
}

/** `identity`: what is hashed are the bytes that are stored. A weak validator promises no equal bytes, so no range. */
function headersFor(start: number, validator: string | undefined): Record<string, string> {
  const headers = { 'accept-encoding': 'identity', 'user-agent': 'pincast-sandbox' };
  if (start === 0 || validator === undefined || validator.startsWith('W/')) return headers;
  return { ...headers, range: `bytes=${start}-`, 'if-range': validator };
}

function checkStatus(response: IncomingMessage, url: string): void {
  const { statusCode = 0 } = response;
  if (statusCode === 200 || statusCode === 206) return;
  response.resume();
  const message = `${show(url)} answered HTTP ${statusCode}`;
  if (statusCode === 404 || statusCode === 403 || statusCode === 410) throw new StoreFault('missing', message);
  const isTransient = statusCode >= 500 || statusCode === 408 || statusCode === 429;
  throw new StoreFault(isTransient ? 'unavailable' : 'refused', message);
}

function refuseEncoding(response: IncomingMessage, url: string): void {
  const encoding = response.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return;
  response.destroy();
  throw new StoreFault(
    'refused',
    `${show(url)} sends a Content-Encoding (${encoding}): its bytes are not those stored`,
  );
}

function startOf(response: IncomingMessage, asked: number): number {
  if (response.statusCode === 200) return 0;
  const start = Number(/^bytes (\d+)-/.exec(response.headers['content-range'] ?? '')?.[1]);
  if (start === asked) return start;
  response.destroy();
  throw new StoreFault('refused', `asked for bytes from ${asked}, got ${response.headers['content-range']}`);
}

/** Node ends a body that is shorter than its Content-Length with an error, so a cut connection is never an end. */
async function* bytesOf(response: IncomingMessage): AsyncGenerator<Uint8Array> {
  yield* response as AsyncIterable<Uint8Array>;
}
