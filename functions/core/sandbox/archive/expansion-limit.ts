import { ArchiveError } from './errors.ts';

/** Text compresses tenfold, an honest environment threefold; a bomb a thousandfold and more. */
const MAX_RATIO = 200;
/** What a tiny archive may expand to before its ratio counts: a folder tree of small text is nearly nothing but zeros. */
const FREE_BYTES = 64 * 1024 * 1024;

/** Counts what comes out of a decompressor; no header is trusted. */
export class ExpansionLimit {
  readonly #maxBytes: number;
  readonly #bombBytes: number;
  #bytes = 0;

  constructor(compressedBytes: number, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#bombBytes = Math.max(FREE_BYTES, compressedBytes * MAX_RATIO);
  }

  /** @throws ArchiveError */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes) {
      throw new ArchiveError('TOO_MANY_BYTES', `the archive unpacks to more than ${this.#maxBytes} bytes`);
    }
    if (this.#bytes > this.#bombBytes) {
      throw new ArchiveError('BOMB', `the archive unpacks to more than ${MAX_RATIO} times its size`);
    }
  }
}
