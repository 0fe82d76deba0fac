import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { ArchiveError } from '../../core/sandbox/archive/errors.ts';
import { type ArchiveFormat, detectFormat } from '../../core/sandbox/archive/format.ts';
import type { EntrySink } from '../../core/sandbox/archive/tar/entry.ts';
import { BLOCK } from '../../core/sandbox/archive/tar/header.ts';
import { TarParser } from '../../core/sandbox/archive/tar/parser.ts';
import { sanitizeForTerminal } from '../output/text.ts';

/** Unpacked bytes that are inspected; the sandbox verifies the rest. */
const MOST_BYTES = 1024 * 1024;

const OTHER_FORMATS: readonly [magic: string, name: string][] = [
  ['504b0304', 'a zip archive'],
  ['fd377a585a00', 'an .xz file'],
  ['425a68', 'a bzip2 file'],
  ['377abcaf271c', 'a 7-Zip archive'],
  ['7f454c46', 'an ELF program'],
];

/** Why a sandbox would refuse this file within its first MiB; undefined if it opens as an archive. */
export async function findArchiveError(path: string): Promise<string | undefined> {
  let start: Buffer = Buffer.alloc(0);
  try {
    start = await readStart(path);
    await readBeginning(path, detectFormat(start));
    return undefined;
  } catch (error) {
    if (error instanceof ArchiveError) return describeRefusal(error, start);
    const { code, message } = error as NodeJS.ErrnoException;
    if (/^(Z_|ZSTD_|ERR_ZLIB_)/.test(String(code))) return `its compressed data cannot be read: ${message}`;
    if (/^E[A-Z]+$/.test(String(code))) return `it cannot be read: ${message}`;
    throw error;
  }
}

async function readStart(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BLOCK), 0, BLOCK, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Thrown to end a pipeline early, because a return would make it fail as aborted. */
const readEnough = new Error('read enough');

const ignoring: EntrySink = { entry: () => false, content: () => {}, close: () => {} };

async function readBeginning(path: string, format: ArchiveFormat): Promise<void> {
  const parser = new TarParser(ignoring);
  const parse = async (pieces: AsyncIterable<Buffer>) => {
    let bytes = 0;
    for await (const piece of pieces) {
      parser.write(piece);
      bytes += piece.length;
      if (bytes >= MOST_BYTES) throw readEnough;
    }
  };
  const file = createReadStream(path);
  const reading =
    format === 'tar'
      ? pipeline(file, parse)
      : pipeline(file, format === 'gzip' ? createGunzip() : createZstdDecompress(), parse);
  await reading.catch((error: unknown) => {
    if (error !== readEnough) throw error;
  });
}

function describeRefusal({ message, reason }: ArchiveError, start: Buffer): string {
  if (reason !== 'NOT_AN_ARCHIVE') return message;
  return `expected a .tar, .tar.gz, .tar.zst or a pixi pack, got ${describeStart(start)}`;
}

/** Describes the beginning of a file that is not an archive. */
function describeStart(start: Buffer): string {
  if (start.length === 0) return 'an empty file';
  const hex = start.toString('hex');
  const known = OTHER_FORMATS.find(([magic]) => hex.startsWith(magic));
  if (known !== undefined) return known[1];
  const text = start.toString('utf8');
  if (start.includes(0) || text.includes('\ufffd')) return `binary data that begins with ${hex.slice(0, 32)}`;
  return `text that begins with ${JSON.stringify(sanitizeForTerminal(text).slice(0, 40))}`;
}
