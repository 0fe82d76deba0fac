import { createHash } from 'node:crypto';
import { createReadStream, type Stats, statSync } from 'node:fs';
import { type Digest, digestOfHex } from '../core/values/digest.ts';
import { CliError, exitCodes } from './errors.ts';

export type FileDigest = { digest: Digest /** Base64, as Cloud Storage has it. */; md5: string; bytes: number };

/** Memory per file: one piece is read at a time. */
const PIECE_BYTES = 1024 * 1024;

/** Problems that a file's metadata shows. An `unfit` file can be hashed, but not promoted. */
export function fileProblems(path: string, maxBytes: number): { missing?: string; unfit?: string } {
  const stat = statOf(path);
  if (stat === undefined) return { missing: `there is no file ${path}` };
  if (typeof stat === 'string') return { missing: `cannot read ${path}: ${stat}` };
  if (stat.isDirectory()) return { missing: `${path} is a directory; an environment is a tar file` };
  // A promoted file is read twice, for the digest and for the upload; a pipe can be read once.
  if (!stat.isFile()) return { unfit: `${path} is a pipe or a device; write it to a file first` };
  return stat.size > maxBytes ? { unfit: `${path} has ${stat.size} bytes; the limit is ${maxBytes}` } : {};
}

/** The file's metadata, or the system's error message. */
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

/** Reads the bytes for the upload. Throws before the last piece if the file changed since it was hashed. */
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
