import { crc32 } from 'node:zlib';

/** The signatures and the version of .ZIP File Format Specification 6.3. */
const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
/** 1980-01-01, the format's first day. */
const DATE = 0x21;

export type ZipEntry = { name: string; content: Buffer };

/** A ZIP archive of uncompressed files. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const path = Buffer.from(name);
    const common = fields(path, content);
    const local = Buffer.concat([uint32(LOCAL), common, path, content]);
    const attributes = Buffer.concat([uint16(0, 0, 0), uint32(0o100644 * 0x10000), uint32(offset)]);
    // Made by Unix, so that the mode in the attributes counts.
    directory.push(uint32(CENTRAL), uint16(0x0300 | VERSION), common, attributes, path);
    files.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const counts = uint16(0, 0, entries.length, entries.length);
  return Buffer.concat([...files, central, uint32(END), counts, uint32(central.length, offset), uint16(0)]);
}

/** What a file's own header and its entry in the directory have in common. */
function fields(path: Buffer, content: Buffer): Buffer {
  const sizes = uint32(crc32(content), content.length, content.length);
  return Buffer.concat([uint16(VERSION, 0, 0, 0, DATE), sizes, uint16(path.length, 0)]);
}

function uint16(...values: number[]): Buffer {
  return Buffer.from(new Uint16Array(values).buffer);
}

function uint32(...values: number[]): Buffer {
  return Buffer.from(new Uint32Array(values).buffer);
}
