import { connect as connectPlain, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { type BodyReader, bodyReader, type TakeBytes } from './body.ts';
import { HeadReader, type HttpHead } from './head.ts';
import { PACE, StallWatch } from './stall-watch.ts';

/**
 * One receive buffer per connection, which stays in the processor's second-level cache. `node:http` allocates one per 64 KiB and
 * takes 4 times as long.
 */
const BUFFER_BYTES = 256 * 1024;
/** A connection without a byte for this long is closed, and the download resumes over a new one. */
const SILENCE_MS = 30_000;

/** Returns the receiver of the body; null leaves the body unread. */
export type OnHead = (head: HttpHead) => TakeBytes | null;

/**
 * GETs a URL over a new connection. Resolves to the head when the body is complete or left unread.
 *
 * @throws Error if the connection or the response breaks; the errors of `onHead` and its receiver
 */
export async function exchange(
  url: URL,
  headers: Readonly<Record<string, string>>,
  onHead: OnHead,
  pace = PACE,
): Promise<HttpHead> {
  const request = requestText(url, headers);
  return new Promise((resolve, reject) => {
    const watch = new StallWatch((error) => socket.destroy(error), pace);
    const response = new ResponseReader((head) => counted(onHead(head), watch));
    const settle = (step: () => HttpHead | undefined) => {
      try {
        const head = step();
        if (head === undefined) return;
        resolve(head);
      } catch (error) {
        reject(error);
      }
      socket.destroy();
    };
    const receive = (chunk: Buffer) => settle(() => response.read(chunk));
    const socket = open(url, receive, () => socket.write(request));
    socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error(`no byte for ${SILENCE_MS / 1_000} s`)));
    socket.once('error', reject);
    socket.once('close', () => {
      watch.stop();
      settle(() => response.end());
    });
  });
}

function counted(take: TakeBytes | null, watch: StallWatch): TakeBytes | null {
  if (take === null) return null;
  return (chunk) => {
    watch.add(chunk.length);
    take(chunk);
  };
}

/** The most 1xx heads of one response; servers send one or two. */
const MAX_INFORMATIONAL = 20;

class ResponseReader {
  readonly #onHead: OnHead;
  #informational = 0;
  readonly #headReader = new HeadReader();
  #head: HttpHead | undefined;
  #body: BodyReader | undefined;

  constructor(onHead: OnHead) {
    this.#onHead = onHead;
  }

  /** The head, when the response is complete or its body left unread. */
  read(chunk: Buffer): HttpHead | undefined {
    if (this.#body !== undefined) return this.#body.read(chunk) ? this.#head : undefined;
    const found = this.#headReader.read(chunk);
    if (found === undefined) return undefined;
    const rest = chunk.subarray(found.bodyAt);
    // 1xx: the final response follows.
    if (found.head.status < 200) {
      if (++this.#informational > MAX_INFORMATIONAL) throw new Error(`more than ${MAX_INFORMATIONAL} heads with 1xx`);
      return rest.length > 0 ? this.read(rest) : undefined;
    }
    this.#head = found.head;
    const take = this.#onHead(found.head);
    if (take === null) return found.head;
    this.#body = bodyReader(found.head, take);
    return this.#body.read(rest) ? found.head : undefined;
  }

  end(): HttpHead {
    if (this.#head === undefined || this.#body === undefined)
      throw new Error('the connection ended before the response');
    this.#body.end();
    return this.#head;
  }
}

function open(url: URL, receive: (chunk: Buffer) => void, onConnect: () => void): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isSecure = url.protocol === 'https:';
  const port = Number(url.port || (isSecure ? 443 : 80));
  const callback: OnReadOpts['callback'] = (count, buffer) => {
    receive(Buffer.from(buffer.buffer, buffer.byteOffset, count));
    return true;
  };
  const onread: OnReadOpts = { buffer: Buffer.allocUnsafeSlow(BUFFER_BYTES), callback };
  const socket = isSecure
    ? // Spec: RFC 6066, an IP address is not a valid server name.
      connectSecure(
        { host, port, ...(isIP(host) ? {} : { servername: host }), ALPNProtocols: ['http/1.1'], ...{ onread } },
        onConnect,
      )
    : connectPlain({ host, port, onread }, onConnect);
  return socket;
}

function requestText(url: URL, headers: Readonly<Record<string, string>>): string {
  const own = { host: url.host, connection: 'close', accept: '*/*', ...headers };
  const lines = Object.entries(own).map(([name, value]) => `${name}: ${checked(value)}`);
  return [`GET ${url.pathname}${url.search} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}

/** Attack: a line break in a value would inject a header. */
function checked(value: string): string {
  if (/[\r\n\0]/.test(value)) throw new Error('a request header holds a line break');
  return value;
}
