import { randomUUID } from 'node:crypto';
import { createReadStream, statSync, writeFileSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { BlobRef } from '../model/records.ts';
import type { BlobWriter } from './blobs.ts';

/** Where the file of a blob lies, complete and unfinished. */
export type BlobPaths = { blob(id: string): string; unfinished(id: string): string };

/** A body up to this size never sees the `unfinished` folder: it is written with one call when it is complete. */
const SMALL = 64 * 1024;

/** Collects a small body in memory and lets a larger one flow into a file of its own, which commit() moves into place. */
export class DiskWriter implements BlobWriter {
  readonly #paths: BlobPaths;
  readonly #id: string;
  readonly #earlierSize: number;
  #held: Buffer[] = [];
  #heldSize = 0;
  #size: number;
  #file: FileHandle | undefined;

  constructor(paths: BlobPaths, id?: string) {
    this.#paths = paths;
    this.#id = id ?? randomUUID();
    this.#earlierSize = id === undefined ? 0 : sizeOf(paths.unfinished(id));
    this.#size = this.#earlierSize;
  }

  get size(): number {
    return this.#size;
  }

  write(bytes: Buffer): Promise<void> | undefined {
    this.#held.push(bytes);
    this.#heldSize += bytes.length;
    this.#size += bytes.length;
    return this.#heldSize > SMALL ? this.#spill() : undefined;
  }

  earlier(): AsyncIterable<Buffer> {
    if (this.#earlierSize === 0) return Readable.from([]);
    return createReadStream(this.#paths.unfinished(this.#id), { end: this.#earlierSize - 1 });
  }

  async flush(): Promise<void> {
    if (this.#heldSize > 0) await this.#spill();
    await this.#close();
  }

  async commit(): Promise<BlobRef> {
    const path = this.#paths.blob(this.#id);
    if (this.#isHeld()) writeFileSync(path, Buffer.concat(this.#held));
    else {
      await this.flush();
      await rename(this.#paths.unfinished(this.#id), path);
    }
    return { id: this.#id, size: this.#size };
  }

  async abort(): Promise<void> {
    await this.#close();
    if (!this.#isHeld()) await rm(this.#paths.unfinished(this.#id), { force: true });
  }

  /** Nothing has reached the disk yet. */
  #isHeld(): boolean {
    return this.#size === this.#heldSize;
  }

  async #spill(): Promise<void> {
    const bytes = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldSize = 0;
    this.#file ??= await open(this.#paths.unfinished(this.#id), 'a');
    for (let written = 0; written < bytes.length; ) written += (await this.#file.write(bytes, written)).bytesWritten;
  }

  async #close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
