import { ArchiveError } from '../errors.ts';
import { isNegative, readNumber } from './number.ts';

export const BLOCK = 512;

/** The fields of one header block (POSIX.1-1988 ustar, GNU, V7) that an unpacker needs. */
export type TarHeader = {
  name: string;
  type: string;
  size: number;
  mode: number;
  mtime: number;
  target: string;
};

/** Permission bits only: set-uid, set-gid and sticky never reach the disk. */
const PERMISSIONS = 0o777;

/** Reads the header at `at`; undefined for a block of zeros, which ends an archive. @throws ArchiveError */
export function readHeader(block: Buffer, at: number): TarHeader | undefined {
  if (!checksumHolds(block, at)) {
    if (isZero(block, at)) return undefined;
    throw new ArchiveError('BAD_HEADER', 'the checksum of a tar header does not hold');
  }
  return {
    name: readName(block, at),
    type: String.fromCharCode(block[at + 156] as number),
    size: readNumber(block, at + 124, 12),
    mode: readNumber(block, at + 100, 8) & PERMISSIONS,
    mtime: isNegative(block, at + 136) ? 0 : readNumber(block, at + 136, 12),
    target: readText(block, at + 157, 100),
  };
}

export function isZero(block: Buffer, at: number): boolean {
  for (let index = at; index < at + BLOCK; index++) if (block[index] !== 0) return false;
  return true;
}

/** Compares the sum of all bytes, with the checksum field counted as blanks. */
function checksumHolds(block: Buffer, at: number): boolean {
  let sum = 8 * 0x20;
  for (let index = at; index < at + 148; index++) sum += block[index] as number;
  for (let index = at + 156; index < at + BLOCK; index++) sum += block[index] as number;
  return sum === readChecksum(block, at + 148);
}

function readChecksum(block: Buffer, at: number): number {
  let value = 0;
  for (let index = at; index < at + 8; index++) {
    const digit = (block[index] as number) - 0x30;
    if (digit >= 0 && digit <= 7) value = value * 8 + digit;
  }
  return value;
}

/** POSIX ustar has a prefix at 345; GNU's format, with `ustar` and two blanks as magic, has times there. */
function readName(block: Buffer, at: number): string {
  const name = readText(block, at, 100);
  const isPosix = block.toString('latin1', at + 257, at + 263) === 'ustar\0';
  const prefix = isPosix && block[at + 345] !== 0 ? readText(block, at + 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function readText(block: Buffer, start: number, length: number): string {
  if (block[start] === 0) return '';
  let end = start;
  while (end < start + length && block[end] !== 0) end++;
  return block.toString('utf8', start, end);
}
