import { ArchiveError } from './errors.ts';

/** Text compresses 10:1, an environment 3:1, a bomb 1,000:1 or more. */
const MAX_RATIO = 200;
/** The ratio counts from this size, because the tar of many small files is mostly zeros. */
const FREE_BYTES = 64 * 1024 * 1024;

/** Counts the bytes that a decompressor returns. Attack: a header can claim any size. */
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
