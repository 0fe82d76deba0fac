import { randomUUID } from 'node:crypto';
import { createReadStream, statSync, writeFileSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { BlobWriter } from './blobs.ts';
import type { BlobPaths } from './disk-blobs.ts';

/** A body up to this size never sees the `unfinished` folder: it is written with one call when it is complete. */
const SMALL = 64 * 1024;

/** Collects a small body in memory and lets a larger one flow into a file of its own, which commit() moves into place. */
export function diskWriter(paths: BlobPaths, given?: string): BlobWriter {
  const id = given ?? randomUUID();
  const earlierSize = given === undefined ? 0 : sizeOf(paths.unfinished(id));
  let held: Buffer[] = [];
  let heldSize = 0;
  let size = earlierSize;
  let file: FileHandle | undefined;

  const flush = async () => {
    file ??= await open(paths.unfinished(id), 'a');
    const bytes = Buffer.concat(held);
    held = [];
    heldSize = 0;
    for (let written = 0; written < bytes.length; ) written += (await file.write(bytes, written)).bytesWritten;
  };
  const close = async () => {
    await file?.close();
    file = undefined;
  };
  return {
    get size() {
      return size;
    },
    write(bytes) {
      held.push(bytes);
      heldSize += bytes.length;
      size += bytes.length;
      return heldSize > SMALL ? flush() : undefined;
    },
    earlier: () => (earlierSize === 0 ? noBytes() : createReadStream(paths.unfinished(id), { end: earlierSize - 1 })),
    async flush() {
      if (heldSize > 0) await flush();
      await close();
    },
    async commit() {
      if (size === heldSize) writeFileSync(paths.blob(id), Buffer.concat(held));
      else {
        await flush();
        await close();
        await rename(paths.unfinished(id), paths.blob(id));
      }
      return { id, size };
    },
    async abort() {
      await close();
      if (size !== heldSize) await rm(paths.unfinished(id), { force: true });
    },
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

async function* noBytes(): AsyncGenerator<Buffer> {}
