import { invalid } from '../errors.ts';

const MAX_HEAD = 16 * 1024;
const MAX_METADATA = 1024 * 1024;

export type Related = { metadata: string; contentType: string | undefined; media: AsyncIterable<Buffer> };

/** The boundary of a multipart/related Content-Type (RFC 2387). Throws 400. */
export function parseBoundary(contentType: string | undefined): string {
  const match = /^multipart\/related\s*;.*?boundary=(?:"([^"]+)"|'([^']+)'|([^;\s]+))/i.exec(contentType ?? '');
  const boundary = match?.[1] ?? match?.[2] ?? match?.[3];
  if (!boundary) throw invalid(`Multipart uploads need multipart/related with a boundary, got '${contentType ?? ''}'.`);
  return boundary;
}

/**
 * Reads the JSON part and leaves the media to be streamed. The media ends only with the closing boundary: a body that stops
 * before it throws 400, so that half an upload is never taken for a whole one.
 */
export async function readRelated(body: AsyncIterable<Buffer>, boundary: string): Promise<Related> {
  const scanner = new Scanner(body);
  await scanner.until(Buffer.from(`--${boundary}`), MAX_HEAD);
  const eol = await scanner.lineEnd();
  const delimiter = Buffer.from(`${eol}--${boundary}`);
  const blankLine = Buffer.from(`${eol}${eol}`);
  await scanner.until(blankLine, MAX_HEAD);
  const metadata = await scanner.until(delimiter, MAX_METADATA);
  const head = await scanner.until(blankLine, MAX_HEAD);
  const contentType = /^content-type:\s*(.+?)\s*$/im.exec(head.toString('latin1'))?.[1];
  return { metadata: metadata.toString('utf8'), contentType, media: scanner.media(delimiter) };
}

class Scanner {
  readonly #source: AsyncIterator<Buffer>;
  #pending: Buffer = Buffer.alloc(0);

  constructor(body: AsyncIterable<Buffer>) {
    this.#source = body[Symbol.asyncIterator]();
  }

  async until(marker: Buffer, limit: number): Promise<Buffer> {
    for (;;) {
      const index = this.#pending.indexOf(marker);
      if (index >= 0) return this.#take(index, marker.length);
      if (this.#pending.length > limit) throw invalid(`A part of the multipart body is longer than ${limit} bytes.`);
      await this.#more();
    }
  }

  /** The body's own line break, left in place: gcloud ends its lines with LF alone, where the standard wants CRLF. */
  async lineEnd(): Promise<'\r\n' | '\n'> {
    const rest = await this.until(Buffer.from('\n'), MAX_HEAD);
    const eol = rest.at(-1) === 13 ? '\r\n' : '\n';
    this.#pending = Buffer.concat([Buffer.from(eol), this.#pending]);
    return eol;
  }

  async *media(delimiter: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const index = this.#pending.indexOf(delimiter);
      if (index >= 0) {
        yield this.#take(index, delimiter.length);
        return this.#finish();
      }
      // The last bytes may be the beginning of a delimiter that the next chunk completes.
      const safe = this.#pending.length - delimiter.length + 1;
      if (safe > 0) yield this.#take(safe, 0);
      await this.#more();
    }
  }

  #take(length: number, skip: number): Buffer {
    const taken = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(length + skip);
    return taken;
  }

  async #more(): Promise<void> {
    const { value, done } = await this.#source.next();
    if (done) throw invalid('The multipart body ends before its closing boundary.');
    this.#pending = this.#pending.length === 0 ? value : Buffer.concat([this.#pending, value]);
  }

  /** The second part is the last one. What follows the closing boundary is read, so that the connection stays usable. */
  async #finish(): Promise<void> {
    while (this.#pending.length < 2) await this.#more();
    if (this.#pending.toString('latin1', 0, 2) !== '--') throw invalid('A multipart upload has two parts, got more.');
    for (let next = await this.#source.next(); !next.done; ) next = await this.#source.next();
  }
}
