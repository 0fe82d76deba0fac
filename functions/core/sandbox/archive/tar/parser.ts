import { ArchiveError } from '../errors.ts';
import type { EntrySink, EntryType, TarEntry } from './entry.ts';
import { BLOCK, isZero, readHeader, type TarHeader } from './header.ts';
import { type PaxFields, readPax, refuseGlobalOverrides } from './pax.ts';

/** Extended headers hold names and attributes, which are far shorter. */
const MAX_EXTENSION_BYTES = 1024 * 1024;

const TYPES: Readonly<Record<string, EntryType>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
};

/** Types of headers that extend the next entry's header: pax (`x`), pax for all (`g`), GNU long name (`L`) and link (`K`). */
const EXTENSIONS = new Set(['x', 'g', 'L', 'K']);

/**
 * Parses a tar from pieces of any length and passes its entries to a sink. It holds one header block and one extended
 * header at a time, never a file. Every defect throws an ArchiveError.
 */
export class TarParser {
  readonly #sink: EntrySink;
  readonly #block = Buffer.alloc(BLOCK);
  #blockFilled = 0;
  /** Bytes of the tar before the next step. */
  #consumed = 0;
  #state: 'header' | 'content' | 'extension' | 'padding' | 'ending' | 'ended' = 'header';
  /** Bytes until the state ends. */
  #left = 0;
  #padding = 0;
  /** Whether the sink takes the content of the entry. */
  #isTaken = true;
  #extension: { type: string; body: Buffer; filled: number } | undefined;
  #overrides: PaxFields = {};
  #longName: string | undefined;
  #longTarget: string | undefined;

  constructor(sink: EntrySink) {
    this.#sink = sink;
  }

  write(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) at = this.advance(chunk, at);
  }

  /** @throws ArchiveError TRUNCATED if the two blocks of zeros at the archive's end are missing. */
  end(): void {
    if (this.#state === 'ended') return;
    throw new ArchiveError('TRUNCATED', 'the archive ends before its end marker');
  }

  /** Takes one step: at most one header or one file's content. Returns where the next step begins. */
  advance(chunk: Buffer, at: number): number {
    if (this.#state === 'header' || this.#state === 'ending' || this.#state === 'ended')
      return this.#collect(chunk, at);
    const end = Math.min(chunk.length, at + this.#left);
    if (this.#state === 'content' && this.#isTaken) this.#sink.content(chunk, at, end);
    else if (this.#state === 'extension') this.#keep(chunk, at, end);
    this.#pass(end - at);
    return end;
  }

  /** Passes over the rest of content that the sink does not take. Returns its length in bytes. */
  skip(): number {
    const length = this.#state === 'content' && !this.#isTaken ? this.#left : 0;
    if (length > 0) this.#pass(length);
    return length;
  }

  #pass(length: number): void {
    this.#consumed += length;
    this.#left -= length;
    if (this.#left === 0) this.#finish();
  }

  /** Takes a whole block from the chunk without a copy, or collects a block that chunks share. */
  #collect(chunk: Buffer, at: number): number {
    if (this.#blockFilled === 0 && chunk.length - at >= BLOCK) {
      this.#consumed += BLOCK;
      this.#takeBlock(chunk, at);
      return at + BLOCK;
    }
    const end = Math.min(chunk.length, at + BLOCK - this.#blockFilled);
    this.#blockFilled += chunk.copy(this.#block, this.#blockFilled, at, end);
    this.#consumed += end - at;
    if (this.#blockFilled === BLOCK) {
      this.#blockFilled = 0;
      this.#takeBlock(this.#block, 0);
    }
    return end;
  }

  #takeBlock(block: Buffer, at: number): void {
    if (this.#state === 'header') {
      const header = readHeader(block, at);
      if (header === undefined) this.#state = 'ending';
      else if (EXTENSIONS.has(header.type)) this.#openExtension(header);
      else this.#openEntry(header);
    } else if (isZero(block, at)) this.#state = 'ended';
    else throw new ArchiveError('TRAILING_DATA', 'the archive goes on after its end marker');
  }

  #openExtension({ type, size }: TarHeader): void {
    if (size > MAX_EXTENSION_BYTES) throw new ArchiveError('BAD_HEADER', `an extended header has ${size} bytes`);
    this.#extension = { type, body: Buffer.alloc(size), filled: 0 };
    this.#await('extension', size);
  }

  #keep(chunk: Buffer, at: number, end: number): void {
    if (this.#extension) this.#extension.filled += chunk.copy(this.#extension.body, this.#extension.filled, at, end);
  }

  #openEntry(header: TarHeader): void {
    const entry = this.#entryOf(header);
    this.#overrides = {};
    this.#longName = undefined;
    this.#longTarget = undefined;
    this.#isTaken = this.#sink.entry(entry);
    this.#await('content', entry.size);
  }

  #entryOf(header: TarHeader): TarEntry {
    const name = this.#overrides.path ?? this.#longName ?? header.name;
    const target = this.#overrides.linkpath ?? this.#longTarget ?? header.target;
    const size = this.#overrides.size ?? header.size;
    const { sparse } = this.#overrides;
    if (sparse !== undefined) throw sparseFile(sparse.name ?? name);
    const type = typeOf(header.type, name);
    if (type !== 'file' && size !== 0)
      throw new ArchiveError('BAD_HEADER', `a ${type} says it has ${size} bytes`, name);
    const { mode } = header;
    return { name, type, size, start: this.#consumed, mode, mtime: this.#overrides.mtime ?? header.mtime, target };
  }

  #await(state: 'content' | 'extension', size: number): void {
    this.#state = state;
    this.#left = size;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (size === 0) this.#finish();
  }

  #finish(): void {
    if (this.#state === 'content' && this.#isTaken) this.#sink.close();
    else if (this.#state === 'extension') this.#applyExtension();
    const padding = this.#state === 'padding' ? 0 : this.#padding;
    this.#state = padding === 0 ? 'header' : 'padding';
    this.#left = padding;
  }

  #applyExtension(): void {
    if (this.#extension === undefined) return;
    const { type, body } = this.#extension;
    this.#extension = undefined;
    if (type === 'x') this.#overrides = { ...this.#overrides, ...readPax(body) };
    else if (type === 'g') refuseGlobalOverrides(readPax(body));
    else if (type === 'L') this.#longName = untilNul(body);
    else this.#longTarget = untilNul(body);
  }
}

/** Before ustar, a directory was a file whose name ends with a slash. */
function typeOf(flag: string, name: string): EntryType {
  if (flag === 'S') throw sparseFile(name);
  const type = Object.hasOwn(TYPES, flag) ? TYPES[flag] : undefined;
  if (type === undefined) {
    throw new ArchiveError('UNSUPPORTED_TYPE', `the archive holds ${describe(flag)}, which no environment needs`, name);
  }
  return type === 'file' && name.endsWith('/') ? 'directory' : type;
}

const REFUSED_TYPES: Readonly<Record<string, string>> = {
  '3': 'a device',
  '4': 'a device',
  '6': 'a FIFO',
  D: 'the folder list of an incremental backup (GNU tar --incremental)',
  M: 'a part of a file of another volume (GNU tar --multi-volume)',
  V: 'a volume label (GNU tar --label)',
};

function describe(flag: string): string {
  const known = Object.hasOwn(REFUSED_TYPES, flag) ? REFUSED_TYPES[flag] : undefined;
  return known ?? `an entry of type ${JSON.stringify(flag)}`;
}

function sparseFile(name: string) {
  return new ArchiveError('SPARSE', 'the archive holds a sparse file; pack it without --sparse', name);
}

function untilNul(body: Buffer): string {
  const end = body.indexOf(0);
  return body.toString('utf8', 0, end === -1 ? body.length : end);
}
