import type { HttpHead } from './head.ts';

/** Receives the body's bytes; the buffer is reused after the call. */
export type TakeBytes = (chunk: Buffer) => void;

/** A body as it arrives. `read` returns true when it is complete; `end`, at the connection's end, throws if it is not. */
export interface BodyReader {
  read(chunk: Buffer): boolean;
  end(): void;
}

/** The reader for the body's framing. Spec: RFC 9112, section 6.3. */
export function bodyReader({ headers }: HttpHead, take: TakeBytes): BodyReader {
  const coding = headers.get('transfer-encoding');
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked')
      throw new Error(`cannot read the transfer coding ${JSON.stringify(coding.slice(0, 100))}`);
    return new ChunkedBody(take);
  }
  const length = headers.get('content-length');
  if (length === undefined) return new EndlessBody(take);
  if (!/^\d{1,15}$/.test(length)) throw new Error(`cannot read the content length ${JSON.stringify(length)}`);
  return new SizedBody(Number(length), take);
}

/** A body until the connection's end. Only the digest shows whether it is complete. */
class EndlessBody implements BodyReader {
  readonly #take: TakeBytes;

  constructor(take: TakeBytes) {
    this.#take = take;
  }

  read(chunk: Buffer): boolean {
    if (chunk.length > 0) this.#take(chunk);
    return false;
  }

  end(): void {}
}

class SizedBody implements BodyReader {
  readonly #take: TakeBytes;
  #left: number;

  constructor(length: number, take: TakeBytes) {
    this.#left = length;
    this.#take = take;
  }

  read(chunk: Buffer): boolean {
    const part = chunk.length > this.#left ? chunk.subarray(0, this.#left) : chunk;
    this.#left -= part.length;
    if (part.length > 0) this.#take(part);
    return this.#left === 0;
  }

  end(): void {
    if (this.#left > 0) throw new Error(`the connection ended ${this.#left} bytes before the body`);
  }
}

const MAX_LINE = 1_024;
const MAX_TRAILER_BYTES = 64 * 1024;

/** Chunks: a line with a hex length, the bytes, an empty line; the last has length 0 and trailer lines. */
class ChunkedBody implements BodyReader {
  readonly #take: TakeBytes;
  #line = '';
  #left = 0;
  #trailerBytes = 0;
  #state: 'length' | 'bytes' | 'separator' | 'trailer' | 'done' = 'length';

  constructor(take: TakeBytes) {
    this.#take = take;
  }

  read(chunk: Buffer): boolean {
    for (let at = 0; at < chunk.length && this.#state !== 'done'; ) {
      at = this.#state === 'bytes' ? this.#readBytes(chunk, at) : this.#readLine(chunk, at);
    }
    return this.#state === 'done';
  }

  end(): void {
    if (this.#state !== 'done') throw new Error('the connection ended before the last chunk of the body');
  }

  #readBytes(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#left);
    this.#take(chunk.subarray(at, end));
    this.#left -= end - at;
    if (this.#left === 0) this.#state = 'separator';
    return end;
  }

  #readLine(chunk: Buffer, at: number): number {
    const newline = chunk.indexOf(0x0a, at);
    const end = newline === -1 ? chunk.length : newline;
    this.#line += chunk.toString('latin1', at, end);
    if (this.#line.length > MAX_LINE) throw new Error('a line of a chunked body is too long');
    if (newline === -1) return chunk.length;
    const line = this.#line.replace(/\r$/, '');
    this.#line = '';
    this.#takeLine(line);
    return newline + 1;
  }

  #takeLine(line: string): void {
    if (this.#state === 'separator') {
      if (line !== '') throw new Error('a chunk is longer than its length');
      this.#state = 'length';
    } else if (this.#state === 'trailer') {
      this.#trailerBytes += line.length;
      if (this.#trailerBytes > MAX_TRAILER_BYTES) throw new Error(`more than ${MAX_TRAILER_BYTES} bytes of trailers`);
      if (line === '') this.#state = 'done';
    } else {
      const length = /^([0-9a-f]{1,12})(?:[\s;]|$)/i.exec(line)?.[1];
      if (length === undefined)
        throw new Error(`expected the length of a chunk, got ${JSON.stringify(line.slice(0, 50))}`);
      this.#left = Number.parseInt(length, 16);
      this.#state = this.#left === 0 ? 'trailer' : 'bytes';
    }
  }
}
