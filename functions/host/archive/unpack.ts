import { availableParallelism } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { ArchiveError } from '../../core/sandbox/archive/errors.ts';
import { ExpansionLimit } from '../../core/sandbox/archive/expansion-limit.ts';
import { type ArchiveFormat, detectFormat } from '../../core/sandbox/archive/format.ts';
import { BLOCK } from '../../core/sandbox/archive/tar/header.ts';
import { TarParser } from '../../core/sandbox/archive/tar/parser.ts';
import { ZstdFrames } from '../../core/sandbox/archive/zstd-frames.ts';
import type { UnpackLimits } from '../../ports/sandbox.ts';
import { YieldTimer, yieldToEventLoop } from '../files/yield-to-event-loop.ts';
import { CopyThread } from './copy-thread.ts';
import { TreeWriter } from './tree-writer.ts';

/** A file of `length` bytes: `read` fills the buffer from a position and returns the number of bytes; 0 at the end. */
export type ArchiveBytes = {
  readonly descriptor: number;
  readonly length: number;
  read(buffer: Buffer, position: number): number;
};

/** An aborted `signal` ends the unpacking with its reason. */
export type Limits = UnpackLimits & { signal?: AbortSignal };

/** `isPixiPack`: the archive is checked, and `pixi-unpack` must install it. */
export type Unpacked = { entries: number; bytes: number; isPixiPack: boolean };

const PIECE_BYTES = 64 * 1024;
/** A smaller archive unpacks faster without a thread. */
const THREAD_FROM_BYTES = 8 * 1024 * 1024;

/**
 * Unpacks into an existing, empty directory. After an error the caller removes what was written.
 *
 * @throws ArchiveError; SandboxError UNPACK_FAILED; the signal's reason if it is aborted
 */
export async function unpackArchive(file: ArchiveBytes, directory: string, limits: Limits): Promise<Unpacked> {
  const format = formatOf(file);
  const isSplit = format === 'tar' && file.length >= THREAD_FROM_BYTES && availableParallelism() > 1;
  const writer = new TreeWriter(directory, limits.maxBytes, isSplit ? new CopyThread(file.descriptor) : null);
  const umask = process.umask(0);
  try {
    const parser = new TarParser(writer);
    await feed(file, format, parser, limits);
    if (writer.isPixiPack && format !== 'tar') throw compressedPack(format);
    parser.end();
    await writer.finish(limits.signal);
    await yieldToEventLoop(limits.signal);
  } finally {
    process.umask(umask);
    await writer.dispose();
  }
  return { entries: writer.tree.entries, bytes: writer.bytes, isPixiPack: writer.isPixiPack };
}

function formatOf(file: ArchiveBytes): ArchiveFormat {
  const start = Buffer.alloc(BLOCK);
  return detectFormat(start.subarray(0, file.read(start, 0)));
}

async function feed(file: ArchiveBytes, format: ArchiveFormat, parser: TarParser, limits: Limits): Promise<void> {
  const timer = new YieldTimer();
  const write = async (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      at = parser.advance(chunk, at);
      if (timer.isDue) await timer.yield(limits.signal);
    }
  };
  if (format === 'tar') await feedTar(file, parser, write);
  else await expand(copiesOf(file, limits.signal), format, new ExpansionLimit(file.length, limits.maxBytes), write);
}

/** Reads short pieces and skips content that the copying thread reads, so that little is read twice. */
async function feedTar(file: ArchiveBytes, parser: TarParser, write: (chunk: Buffer) => Promise<void>): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
  for (let position = 0; ; ) {
    const count = file.read(buffer, position);
    if (count === 0) return;
    await write(buffer.subarray(0, count));
    position += count + parser.skip();
  }
}

function compressedPack(format: ArchiveFormat) {
  return new ArchiveError('NOT_AN_ARCHIVE', `a pixi pack is a plain tar, got ${format}`);
}

/** Decompresses on another thread while this one writes. The pieces are copies, because the decoder reads ahead. */
async function expand(
  copies: AsyncIterable<Buffer>,
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

/** Yields to the event loop too, because gigabytes may hold no content: empty gzip members, skippable zstd frames. */
async function* copiesOf(file: ArchiveBytes, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
  const timer = new YieldTimer();
  for (let position = 0; ; ) {
    const count = file.read(buffer, position);
    if (count === 0) return;
    yield Buffer.from(buffer.subarray(0, count));
    position += count;
    if (timer.isDue) await timer.yield(signal);
  }
}

async function* framesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const frames = new ZstdFrames();
  for await (const piece of pieces) yield* frames.split(piece);
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
