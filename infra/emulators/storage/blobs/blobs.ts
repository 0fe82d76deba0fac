import type { Readable } from 'node:stream';
import type { BlobRef } from '../model/records.ts';
import type { ByteRange } from '../values/ranges.ts';

/** Where bytes lie. A blob is written once, under an id of its own (hex digits first), and never changes. */
export type Blobs = {
  /** `id` continues what an earlier writer of that id flushed; without it, a new blob. */
  writer(id?: string): BlobWriter;
  /** Opened at once, so that a blob freed in the meantime is still read to its end. */
  read(blob: BlobRef, range: ByteRange): Buffer | Readable;
  /** The same bytes under another id, without copying them. */
  link(blob: BlobRef): BlobRef;
  free(id: string): void;
  /** Drops what no record refers to: left by a process that was killed. */
  sweep(blobs: Set<string>, unfinished: Set<string>): void;
  close(): Promise<void>;
};

export type BlobWriter = {
  /** Bytes written so far, an earlier writer's included. */
  readonly size: number;
  write(bytes: Buffer): Promise<void> | undefined;
  /** The bytes that an earlier writer of this id left. */
  earlier(): AsyncIterable<Buffer>;
  /** Makes what was written survive until another writer continues it. */
  flush(): Promise<void>;
  commit(): Promise<BlobRef>;
  abort(): Promise<void>;
};
