import { createHash } from 'node:crypto';
import { createReadStream, type Stats, statSync } from 'node:fs';
import { type Digest, digestOfHex } from '../core/values/digest.ts';
import { CliError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';

export type FileDigest = { digest: Digest /** Base64, as Cloud Storage has it. */; md5: string; bytes: number };

/** One piece of a file in memory at a time. */
const PIECE_BYTES = 1024 * 1024;

/** What is wrong with a file before it is read; `unfit`: it can be hashed, and not promoted. */
export function fileProblems(path: string, maxBytes: number): { missing?: string; unfit?: string } {
  const stat = statOf(path);
  if (stat === undefined) return { missing: `there is no file ${path}` };
  if (typeof stat === 'string') return { missing: `cannot read ${path}: ${stat}` };
  if (stat.isDirectory()) return { missing: `${path} is a directory; an environment is a tar file` };
  // Hashed and then uploaded: a pipe gives its bytes only once.
  if (!stat.isFile()) return { unfit: `${path} is a pipe or a device; write it to a file first` };
  return stat.size > maxBytes ? { unfit: `${path} has ${stat.size} bytes, the most is ${maxBytes}` } : {};
}

/** The system's words where it refuses to tell. */
function statOf(path: string): Stats | string | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return (error as Error).message;
  }
}

/** @throws CliError notFound */
export async function digestFile(path: string): Promise<FileDigest> {
  const { missing } = fileProblems(path, Number.POSITIVE_INFINITY);
  if (missing !== undefined) throw notFound(missing);
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  let bytes = 0;
  for await (const piece of readPieces(path)) {
    bytes += piece.length;
    sha256.update(piece);
    md5.update(piece);
  }
  return { digest: digestOfHex(sha256.digest('hex')), md5: md5.digest('base64'), bytes };
}

/** The bytes again, for the upload: a file that changed since it was hashed fails before its last byte is sent. */
export async function* readUnchanged(path: string, expected: FileDigest): AsyncGenerator<Buffer> {
  const sha256 = createHash('sha256');
  let held: Buffer | undefined;
  for await (const piece of readPieces(path)) {
    if (held !== undefined) yield held;
    sha256.update(piece);
    held = piece;
  }
  if (digestOfHex(sha256.digest('hex')) !== expected.digest) {
    throw new CliError(exitCodes.notFound, `${path} changed while it was uploaded; nothing was stored`);
  }
  if (held !== undefined) yield held;
}

async function* readPieces(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) yield piece as Buffer;
  } catch (error) {
    throw notFound(`cannot read ${path}: ${(error as Error).message}`);
  }
}

function notFound(message: string): CliError {
  return new CliError(exitCodes.notFound, message);
}
