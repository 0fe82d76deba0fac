import type { EntryType } from './entry.ts';
import { BLOCK } from './header.ts';

/** An entry to write. `mode` holds permission bits; `mtime` is seconds since 1970. */
export type WrittenEntry = {
  name: string;
  type: Exclude<EntryType, 'hardlink'>;
  size: number;
  mode: number;
  mtime: number;
  target: string;
};

const FLAGS = { file: '0', directory: '5', symlink: '2' } as const;
const MAX_OCTAL_SIZE = 8 ** 11 - 1;

export const endOfArchive = Buffer.alloc(2 * BLOCK);

/** The header of an entry, after a pax header (POSIX.1-2001) if ustar is too small for it. Owner and group are 0. */
export function entryHeader(entry: WrittenEntry): Buffer {
  const records = paxRecords(entry);
  if (records === '') return header(entry);
  const body = Buffer.from(records);
  const name = `PaxHeaders/${ascii(entry.name).slice(0, 80)}`;
  const extension = header({ ...entry, name, type: 'file', size: body.length, target: '' }, 'x');
  return Buffer.concat([extension, body, paddingOf(body.length), header(entry)]);
}

/** The zeros that fill the last block of a file's content. */
export function paddingOf(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

function paxRecords({ name, target, size }: WrittenEntry): string {
  const records: string[] = [];
  if (!fits(name)) records.push(paxRecord('path', name));
  if (!fits(target)) records.push(paxRecord('linkpath', target));
  if (size > MAX_OCTAL_SIZE) records.push(paxRecord('size', String(size)));
  return records.join('');
}

function fits(text: string): boolean {
  return text.length <= 100 && ascii(text) === text;
}

/** A record's length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length++;
  return `${length} ${key}=${value}\n`;
}

function header(entry: WrittenEntry, flag: string = FLAGS[entry.type]): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(ascii(entry.name).slice(0, 100), 0, 'latin1');
  block.write(octal(entry.mode & 0o777, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(Math.min(entry.size, MAX_OCTAL_SIZE), 11), 124);
  block.write(octal(Math.max(0, Math.floor(entry.mtime)), 11), 136);
  block.write(flag, 156, 'latin1');
  block.write(ascii(entry.target).slice(0, 100), 157, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.fill(0x20, 148, 156);
  block.write(`${octal(sum(block), 6)}\0 `, 148);
  return block;
}

function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '_');
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function sum(block: Buffer): number {
  return block.reduce((total, byte) => total + byte, 0);
}
