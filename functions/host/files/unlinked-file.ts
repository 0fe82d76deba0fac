import { createHash } from 'node:crypto';
import { closeSync, constants, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { type Digest, digestOfHex } from '../../core/values/digest.ts';
import type { ArchiveFile } from '../../ports/sandbox.ts';
import { StreamingHash } from './streaming-hash.ts';

/** A smaller file hashes faster without a thread. */
const FOLLOW_FROM_BYTES = 8 * 1024 * 1024;
const BUFFER_BYTES = 256 * 1024;

/**
 * A file without a name. It is unlinked right after opening, so that another file cannot replace it between the comparison
 * and the unpacking, and it vanishes with this process. See the limit at `ArchiveFile`.
 */
export class UnlinkedFile implements ArchiveFile {
  readonly descriptor: number;
  #length = 0;
  #closed = false;
  #hash: StreamingHash | undefined;

  /** @param path a free name in a directory that only this process uses */
  constructor(path: string) {
    const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    this.descriptor = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    unlinkSync(path);
  }

  get length(): number {
    return this.#length;
  }

  write(chunk: Uint8Array, position: number): void {
    // An abandoned download may still write, and the descriptor's number may be another file's by then.
    if (this.#closed) throw Object.assign(new Error('the archive’s file is closed'), { code: 'EBADF' });
    for (let at = 0; at < chunk.length; ) {
      at += writeSync(this.descriptor, chunk, at, chunk.length - at, position + at);
    }
  }

  reached(length: number): void {
    this.#length = length;
    if (length >= FOLLOW_FROM_BYTES && !this.#closed) this.#hash ??= new StreamingHash(this.descriptor);
    this.#hash?.advance(length);
  }

  append(chunk: Uint8Array): void {
    this.write(chunk, this.#length);
    this.reached(this.#length + chunk.length);
  }

  restart(): void {
    this.#stopHash();
    ftruncateSync(this.descriptor, 0);
    this.#length = 0;
  }

  async digest(): Promise<Digest> {
    return digestOfHex(this.#hash === undefined ? this.#hashNow() : await this.#hash.finish(this.#length));
  }

  /** Fills the buffer from a position; returns the number of bytes read. */
  read(buffer: Buffer, position: number): number {
    let filled = 0;
    while (filled < buffer.length) {
      const count = readSync(this.descriptor, buffer, filled, buffer.length - filled, position + filled);
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopHash();
    closeSync(this.descriptor);
  }

  #hashNow(): string {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafeSlow(Math.min(BUFFER_BYTES, this.#length + 1));
    for (let position = 0; position < this.#length; ) {
      const count = this.read(buffer, position);
      hash.update(buffer.subarray(0, count));
      position += count;
    }
    return hash.digest('hex');
  }

  #stopHash(): void {
    this.#hash?.stop();
    this.#hash = undefined;
  }
}
