import {
  chmodSync,
  closeSync,
  constants,
  futimesSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { archiveFault } from '../core/archive/archive-fault.ts';
import type { EntrySink, TarEntry } from '../core/archive/tar-entry.ts';
import { type Placement, Tree } from '../core/archive/tree.ts';
import { type Evidence, SandboxError } from '../core/sandbox/sandbox-error.ts';
import { PIXI_PACK_MARK } from './pixi-pack.ts';

/** Exclusive, and never through a link: what is there already was put there by an entry of the same name. */
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** Folders stay usable for their owner, or their content could be neither written nor removed. */
const OWNER = 0o700;

/** The archive is none to unpack here: what it holds are packages to install. */
export class PixiPackFound extends Error {
  override readonly name = 'PixiPackFound';
}

/** Puts the entries of an archive under a folder that only this process uses, with blocking calls only. */
export class TreeWriter implements EntrySink {
  readonly tree = new Tree();
  readonly #root: string;
  readonly #maxBytes: number;
  #bytes = 0;
  #file: number | undefined;
  #entry: TarEntry | undefined;

  constructor(root: string, maxBytes: number) {
    this.#root = root;
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  entry(entry: TarEntry): void {
    this.#entry = entry;
    this.#bytes += entry.size;
    if (this.#bytes > this.#maxBytes) {
      throw archiveFault('TOO_MANY_BYTES', `the archive unpacks to more than ${this.#maxBytes} bytes`, entry.name);
    }
    const placement = this.tree.place(entry);
    if (placement.kind === 'file' && placement.path === PIXI_PACK_MARK) throw new PixiPackFound();
    try {
      this.#put(placement, entry);
    } catch (error) {
      throw refusal(error as NodeJS.ErrnoException, entry);
    }
  }

  content(chunk: Buffer, start: number, end: number): void {
    try {
      for (let at = start; at < end; ) at += writeSync(this.#file as number, chunk, at, end - at);
    } catch (error) {
      throw refusal(error as NodeJS.ErrnoException, this.#entry);
    }
  }

  close(): void {
    if (this.#file === undefined) return;
    const file = this.#file;
    this.#file = undefined;
    const mtime = this.#entry?.mtime ?? 0;
    // Python compares the time of a source with the one in its .pyc: without it every start would compile again.
    futimesSync(file, mtime, mtime);
    closeSync(file);
  }

  /** For every way out: closes what an error left open. */
  dispose(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #put(placement: Placement, entry: TarEntry): void {
    if (placement.kind === 'root') return;
    for (const parent of placement.parents) mkdirSync(this.#at(parent), 0o755);
    const path = this.#at(placement.path);
    if (placement.kind === 'file') this.#file = openSync(path, CREATE, entry.mode);
    else if (placement.kind === 'directory') putFolder(path, entry.mode | OWNER, placement.exists);
    else if (placement.kind === 'symlink') symlinkSync(placement.target, path);
    else linkSync(this.#at(placement.existing), path);
  }

  #at(path: string): string {
    return `${this.#root}/${path}`;
  }
}

function putFolder(path: string, mode: number, exists: boolean): void {
  if (exists) chmodSync(path, mode);
  else mkdirSync(path, mode);
}

function refusal(error: NodeJS.ErrnoException, entry: TarEntry | undefined): unknown {
  const name = entry?.name ?? null;
  if (error.code === 'EEXIST' || error.code === 'ENOTDIR') {
    return archiveFault('DUPLICATE', 'an entry has the name of another before it', name);
  }
  if (error.code === 'ENOENT' && entry?.type === 'hardlink') {
    return archiveFault(
      'BAD_LINK',
      `a hard link points to ${JSON.stringify(entry.target)}, which is no file before it`,
      name,
    );
  }
  if (error.code === undefined) return error;
  const evidence: Evidence = name === null ? { errno: error.code } : { errno: error.code, entry: name };
  return new SandboxError('UNPACK_FAILED', `unpacking failed: ${error.message}`, evidence, error);
}
