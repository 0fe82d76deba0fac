import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { ArchiveError } from '../../core/sandbox/archive/errors.ts';
import { ExpansionLimit } from '../../core/sandbox/archive/expansion-limit.ts';
import { type ArchiveFormat, detectFormat } from '../../core/sandbox/archive/format.ts';
import { TarParser } from '../../core/sandbox/archive/tar/parser.ts';
import { ZstdFrames } from '../../core/sandbox/archive/zstd-frames.ts';
import type { UnpackLimits } from '../../ports/sandbox.ts';
import { YieldTimer, yieldToEventLoop } from '../files/yield-to-event-loop.ts';
import { TreeWriter } from './tree-writer.ts';

/** The bytes of an archive: `read` fills the buffer from a position and returns their number; 0 at the end. */
export type ArchiveBytes = { readonly length: number; read(buffer: Buffer, position: number): number };

/** An aborted `signal` ends the unpacking with its reason. */
export type Limits = UnpackLimits & { signal?: AbortSignal };

/** `isPixiPack`: the archive is checked, and `pixi-unpack` must install it. */
export type Unpacked = { entries: number; bytes: number; isPixiPack: boolean };

/** Fits into a processor's second-level cache; with twice the size, reading takes 4 times as long. */
const BUFFER_BYTES = 256 * 1024;
const COPY_BYTES = 64 * 1024;

/**
 * Unpacks into an existing, empty directory. After an error the caller removes what was written.
 *
 * @throws ArchiveError; SandboxError UNPACK_FAILED; the signal's reason if it is aborted
 */
export async function unpackArchive(file: ArchiveBytes, directory: string, limits: Limits): Promise<Unpacked> {
  const writer = new TreeWriter(directory, limits.maxBytes);
  const umask = process.umask(0);
  try {
    const parser = new TarParser(writer);
    const format = await feed(file, parser, limits);
    if (writer.isPixiPack && format !== 'tar') throw compressedPack(format);
    parser.end();
    writer.tree.finish();
    await yieldToEventLoop(limits.signal);
  } finally {
    process.umask(umask);
    writer.dispose();
  }
  return { entries: writer.tree.entries, bytes: writer.bytes, isPixiPack: writer.isPixiPack };
}

async function feed(file: ArchiveBytes, parser: TarParser, limits: Limits): Promise<ArchiveFormat> {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  const format = detectFormat(buffer.subarray(0, file.read(buffer.subarray(0, 512), 0)));
  const timer = new YieldTimer();
  const write = async (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      at = parser.advance(chunk, at);
      if (timer.isDue) await timer.yield(limits.signal);
    }
  };
  if (format === 'tar') for (const chunk of chunksOf(file, buffer)) await write(chunk);
  else await expand(copiesOf(file, buffer), format, new ExpansionLimit(file.length, limits.maxBytes), write);
  return format;
}

function compressedPack(format: ArchiveFormat) {
  return new ArchiveError('NOT_AN_ARCHIVE', `a pixi pack is a plain tar, got ${format}`);
}

function* chunksOf(file: ArchiveBytes, buffer: Buffer): Generator<Buffer> {
  for (let position = 0; ; ) {
    const count = file.read(buffer, position);
    if (count === 0) return;
    yield buffer.subarray(0, count);
    position += count;
  }
}

/** Decompresses on another thread while this one writes. The pieces are copies, because the decoder reads ahead. */
async function expand(
  copies: Iterable<Buffer>,
  format: Exclude<ArchiveFormat, 'tar'>,
  limit: ExpansionLimit,
  write: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  const [pieces, decompressor] =
    format === 'gzip'
      ? [copies, createGunzip({ chunkSize: 256 * 1024 })]
      : [framesOf(copies), createZstdDecompress({ chunkSize: 256 * 1024 })];
  await pipeline(pieces, decompressor, async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      limit.add(chunk.length);
      await write(chunk);
    }
  }).catch((error: NodeJS.ErrnoException) => {
    throw isCompressionError(error) ? corrupt(format, error) : error;
  });
}

function* copiesOf(file: ArchiveBytes, buffer: Buffer): Generator<Buffer> {
  for (const chunk of chunksOf(file, buffer.subarray(0, COPY_BYTES))) yield Buffer.from(chunk);
}

function* framesOf(pieces: Iterable<Buffer>): Generator<Buffer> {
  const frames = new ZstdFrames();
  for (const piece of pieces) yield* frames.split(piece);
  frames.end();
}

function isCompressionError({ code }: NodeJS.ErrnoException): boolean {
  return (
    code?.startsWith('Z_') === true || code?.startsWith('ZSTD_') === true || code === 'ERR_ZLIB_INITIALIZATION_FAILED'
  );
}

function corrupt(format: string, error: NodeJS.ErrnoException) {
  const isShort = error.code === 'Z_BUF_ERROR';
  return new ArchiveError(isShort ? 'TRUNCATED' : 'CORRUPT', `the ${format} stream cannot be read: ${error.message}`);
}
