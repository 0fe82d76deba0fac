import { randomUUID } from 'node:crypto';
import type { BlobRef } from '../model/records.ts';
import type { Blobs, BlobWriter } from './blobs.ts';

/** Blobs of a server without a state folder. */
export function memoryBlobs(): Blobs {
  const blobs = new Map<string, Buffer>();
  const unfinished = new Map<string, Buffer[]>();
  return {
    writer: (id) => memoryWriter(id ?? randomUUID(), blobs, unfinished),
    read: (blob, { start, end }) => contents(blobs, blob).subarray(start, end),
    link(blob) {
      const id = randomUUID();
      blobs.set(id, contents(blobs, blob));
      return { id, size: blob.size };
    },
    free(id) {
      blobs.delete(id);
      unfinished.delete(id);
    },
    sweep() {},
    async close() {},
  };
}

function contents(blobs: Map<string, Buffer>, blob: BlobRef): Buffer {
  const bytes = blobs.get(blob.id);
  if (!bytes) throw new Error(`the blob ${blob.id} is gone`);
  return bytes;
}

function memoryWriter(id: string, blobs: Map<string, Buffer>, unfinished: Map<string, Buffer[]>): BlobWriter {
  const earlier = unfinished.get(id) ?? [];
  const chunks = [...earlier];
  let size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return {
    get size() {
      return size;
    },
    write(bytes) {
      chunks.push(bytes);
      size += bytes.length;
      return undefined;
    },
    async *earlier() {
      yield* earlier;
    },
    async flush() {
      unfinished.set(id, [...chunks]);
    },
    async commit() {
      blobs.set(id, Buffer.concat(chunks));
      unfinished.delete(id);
      return { id, size };
    },
    async abort() {
      unfinished.delete(id);
    },
  };
}
