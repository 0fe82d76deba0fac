import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { archiveFault } from '../core/archive/archive-fault.ts';
import { type ArchiveFormat, detectFormat } from '../core/archive/archive-format.ts';
import { ExpansionMeter } from '../core/archive/expansion-meter.ts';
import { TarParser } from '../core/archive/tar-parser.ts';
import type { UnpackLimits } from '../ports/sandbox.ts';
import { BREATHE_EVERY, breathe } from './breathe.ts';
import { PixiPackFound, TreeWriter } from './tree-writer.ts';

/** The bytes of an archive: `read` fills the buffer from a position and says how many there were; 0 at the end. */
export type ArchiveBytes = { readonly length: number; read(buffer: Buffer, position: number): number };

/** `signal`: unpacking ends early, with its reason, where it is aborted. */
export type Limits = UnpackLimits & { signal?: AbortSignal };

export type Unpacked = { entries: number; bytes: number };

/** One buffer for everything that is read, small enough for a processor’s cache; it does not grow with the archive. */
const BUFFER_BYTES = 512 * 1024;

/**
 * Unpacks under a folder that exists and is empty.
 *
 * @throws the signal's reason where it is aborted; PixiPackFound at the entry that says so; SandboxError ARCHIVE_REFUSED, UNPACK_FAILED. What was written until
 * then stays for the caller to remove.
 */
export async function unpackArchive(file: ArchiveBytes, folder: string, limits: Limits): Promise<Unpacked> {
  const writer = new TreeWriter(folder, limits.maxBytes);
  const umask = process.umask(0);
  try {
    const parser = new TarParser(writer);
    await feed(file, parser, limits);
    parser.end();
    writer.tree.finish();
  } finally {
    process.umask(umask);
    writer.dispose();
  }
  return { entries: writer.tree.entries, bytes: writer.bytes };
}

async function feed(file: ArchiveBytes, parser: TarParser, limits: Limits): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  const format = detectFormat(buffer.subarray(0, file.read(buffer.subarray(0, 512), 0)));
  if (format === 'tar') {
    let pieces = 0;
    for (const chunk of chunksOf(file, buffer)) {
      parser.write(chunk);
      if (++pieces % BREATHE_EVERY === 0) await breathe(limits.signal);
    }
  } else {
    await expand(file, buffer, format, parser, limits);
  }
}

function* chunksOf(file: ArchiveBytes, buffer: Buffer): Generator<Buffer> {
  for (let position = 0; ; ) {
    const count = file.read(buffer, position);
    if (count === 0) return;
    yield buffer.subarray(0, count);
    position += count;
  }
}

/** Decompressing runs beside the writing, on another thread. The pieces are copies, because it reads ahead. */
async function expand(
  file: ArchiveBytes,
  buffer: Buffer,
  format: Exclude<ArchiveFormat, 'tar'>,
  parser: TarParser,
  limits: Limits,
): Promise<void> {
  const meter = new ExpansionMeter(file.length, limits.maxBytes);
  const piece = buffer.subarray(0, 64 * 1024);
  const decompressor = format === 'gzip' ? createGunzip({ chunkSize: 256 * 1024 }) : createZstdDecompress();
  await pipeline(copiesOf(file, piece), decompressor, async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      meter.add(chunk.length);
      parser.write(chunk);
      limits.signal?.throwIfAborted();
    }
  }).catch((error: NodeJS.ErrnoException) => {
    if (error instanceof PixiPackFound)
      throw archiveFault('NOT_AN_ARCHIVE', `a pixi pack is a plain tar, got ${format}`);
    throw isCompressionError(error) ? corrupt(format, error) : error;
  });
}

function* copiesOf(file: ArchiveBytes, piece: Buffer): Generator<Buffer> {
  for (const chunk of chunksOf(file, piece)) yield Buffer.from(chunk);
}

function isCompressionError({ code }: NodeJS.ErrnoException): boolean {
  return (
    code?.startsWith('Z_') === true || code?.startsWith('ZSTD_') === true || code === 'ERR_ZLIB_INITIALIZATION_FAILED'
  );
}

function corrupt(format: string, error: NodeJS.ErrnoException) {
  const isShort = error.code === 'Z_BUF_ERROR';
  return archiveFault(isShort ? 'TRUNCATED' : 'CORRUPT', `the ${format} stream cannot be read: ${error.message}`);
}
