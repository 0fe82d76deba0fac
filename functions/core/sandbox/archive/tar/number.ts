import { ArchiveError } from '../errors.ts';

/**
 * A number of a tar header: octal digits between blanks and NULs, or, with the first bit set, base 256 (GNU tar, for
 * sizes from 8 GiB).
 */
export function readNumber(block: Buffer, start: number, length: number): number {
  return ((block[start] as number) & 0x80) === 0
    ? readOctal(block, start, start + length)
    : readBase256(block, start, start + length);
}

function readOctal(block: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(block[at] as number)) at++;
  let value = 0;
  for (; at < end && !isBlank(block[at] as number); at++) {
    const digit = (block[at] as number) - 0x30;
    if (digit < 0 || digit > 7) throw badNumber();
    value = value * 8 + digit;
  }
  return value;
}

/** True for a base 256 number below 0: only a time, before 1970, can be one. */
export function isNegative(block: Buffer, start: number): boolean {
  return block[start] === 0xff;
}

function readBase256(block: Buffer, start: number, end: number): number {
  if (isNegative(block, start)) throw badNumber();
  let value = (block[start] as number) & 0x7f;
  for (let at = start + 1; at < end; at++) {
    value = value * 256 + (block[at] as number);
    if (value > Number.MAX_SAFE_INTEGER) throw badNumber();
  }
  return value;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0;
}

function badNumber() {
  return new ArchiveError('BAD_HEADER', 'a number of a tar header cannot be read');
}
