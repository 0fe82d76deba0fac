import { randomUUID } from 'node:crypto';
import { createReadStream, linkSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Blobs } from './blobs.ts';
import { type BlobPaths, DiskWriter } from './disk-writer.ts';

/** A blob up to this size is read with one call: cheaper than a stream, and bounded. */
const SMALL = 64 * 1024;
const READ_CHUNK = 256 * 1024;

/** Blobs as files: `blobs/<2 hex digits>/<id>`, and `unfinished/<id>` while they are written. */
export function diskBlobs(folder: string): Blobs {
  const paths = makeFolders(folder);
  const removals = new Set<Promise<void>>();
  const remove = (path: string) => {
    const removal = rm(path, { force: true }).finally(() => removals.delete(removal));
    removals.add(removal);
  };
  return {
    writer: (id) => new DiskWriter(paths, id),
    read: (blob, range) => read(paths.blob(blob.id), blob.size, range),
    link(blob) {
      const id = randomUUID();
      linkSync(paths.blob(blob.id), paths.blob(id));
      return { id, size: blob.size };
    },
    free(id) {
      remove(paths.blob(id));
    },
    sweep: (blobs, unfinished) => sweep(folder, blobs, unfinished),
    async close() {
      await Promise.all(removals);
    },
  };
}

function makeFolders(folder: string): BlobPaths {
  for (let shard = 0; shard < 256; shard++) {
    mkdirSync(join(folder, 'blobs', shard.toString(16).padStart(2, '0')), { recursive: true });
  }
  mkdirSync(join(folder, 'unfinished'), { recursive: true });
  return {
    blob: (id) => join(folder, 'blobs', id.slice(0, 2), id),
    unfinished: (id) => join(folder, 'unfinished', id),
  };
}

function read(path: string, size: number, { start, end }: { start: number; end: number }) {
  if (size <= SMALL) return readFileSync(path).subarray(start, end);
  if (start === end) return Buffer.alloc(0);
  return createReadStream(path, { fd: openSync(path, 'r'), start, end: end - 1, highWaterMark: READ_CHUNK });
}

function sweep(folder: string, blobs: Set<string>, unfinished: Set<string>): void {
  const shards = readdirSync(join(folder, 'blobs')).map((shard) => join(folder, 'blobs', shard));
  for (const shard of shards) dropOthers(shard, blobs);
  dropOthers(join(folder, 'unfinished'), unfinished);
}

function dropOthers(folder: string, kept: Set<string>): void {
  for (const id of readdirSync(folder)) if (!kept.has(id)) rmSync(join(folder, id), { force: true });
}
