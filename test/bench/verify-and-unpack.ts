import { createHash } from 'node:crypto';
import { fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { unpackArchive } from '#functions/host/archive/unpack.ts';

/**
 * `node verify-and-unpack.ts <tar> <digest> <folder>`: hash, compare, unpack, by the sandbox's own extractor, of bytes
 * that are on this machine already, as after a download.
 */
const [path = '', expected = '', folder = ''] = process.argv.slice(2);
const descriptor = openSync(path, 'r');
const file = {
  descriptor,
  length: fstatSync(descriptor).size,
  read: (buffer: Buffer, position: number) => readSync(descriptor, buffer, 0, buffer.length, position),
};
const hash = createHash('sha256');
const buffer = Buffer.allocUnsafeSlow(256 * 1024);
for (let position = 0, count = 0; ; position += count) {
  count = file.read(buffer, position);
  if (count === 0) break;
  hash.update(buffer.subarray(0, count));
}
if (hash.digest('hex') !== expected) throw new Error('digest mismatch');
mkdirSync(folder);
await unpackArchive(file, folder, { maxBytes: Number.MAX_SAFE_INTEGER });
