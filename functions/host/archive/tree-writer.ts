import {
  chmodSync,
  closeSync,
  constants,
  futimesSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { ArchiveError } from '../../core/sandbox/archive/errors.ts';
import type { EntrySink, TarEntry } from '../../core/sandbox/archive/tar/entry.ts';
import { type Placement, Tree } from '../../core/sandbox/archive/tree.ts';
import { type ErrorDetails, SandboxError } from '../../core/sandbox/errors.ts';
import { CopyError, type CopyThread } from './copy-thread.ts';
import { PIXI_PACK_MARK } from './pixi-pack.ts';

/** Exclusive, and never through a link: a taken name belongs to an earlier entry. */
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** The owner keeps access to directories, because their content must be written and removed. */
const OWNER = 0o700;

/**
 * Writes the entries of an archive into a directory that only this process uses, by blocking calls. `dispose` must follow.
 *
 * After the mark of a pixi pack, files stay empty: `pixi-unpack` installs the pack, and every entry is still checked.
 */
export class TreeWriter implements EntrySink {
  readonly tree = new Tree();
  readonly #root: string;
  readonly #maxBytes: number;
  readonly #copyThread: CopyThread | null;
  #bytes = 0;
  #isPixiPack = false;
  #file: number | undefined;
  #entry: TarEntry | undefined;

  /** @param copyThread takes the content of most files; null: this writer copies all */
  constructor(root: string, maxBytes: number, copyThread: CopyThread | null) {
    this.#root = root;
    this.#maxBytes = maxBytes;
    this.#copyThread = copyThread;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isPixiPack(): boolean {
    return this.#isPixiPack;
  }

  entry(entry: TarEntry): boolean {
    this.#entry = entry;
    this.#bytes += entry.size;
    if (this.#bytes > this.#maxBytes) {
      throw new ArchiveError('TOO_MANY_BYTES', `the archive unpacks to more than ${this.#maxBytes} bytes`, entry.name);
    }
    const placement = this.tree.place(entry);
    if (placement.kind === 'file' && placement.path === PIXI_PACK_MARK) this.#isPixiPack = true;
    try {
      this.#put(placement, entry);
    } catch (error) {
      throw refusal(error as NodeJS.ErrnoException, entry);
    }
    return this.#file !== undefined;
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
    // Python compares a source's time with the time in its .pyc, and compiles again if they differ.
    futimesSync(file, mtime, mtime);
    closeSync(file);
  }

  /** Waits until every file has its content. @throws ArchiveError, SandboxError UNPACK_FAILED; the signal's reason if it is aborted */
  async finish(signal?: AbortSignal): Promise<void> {
    this.tree.finish();
    await this.#copyThread?.finish(signal).catch((error: unknown) => {
      throw error instanceof CopyError ? refusal(error, error.entry) : error;
    });
  }

  /** Closes the files that an error left open. */
  async dispose(): Promise<void> {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    await this.#copyThread?.stop();
  }

  #put(placement: Placement, entry: TarEntry): void {
    if (placement.kind === 'root') return;
    for (const parent of placement.parents) mkdirSync(this.#at(parent), 0o755);
    const path = this.#at(placement.path);
    if (placement.kind === 'file') this.#open(path, entry);
    else if (placement.kind === 'directory') putDirectory(path, entry.mode | OWNER, placement.exists);
    else if (placement.kind === 'symlink') symlinkSync(placement.target, path);
    else linkSync(this.#at(placement.existing), path);
  }

  #open(path: string, entry: TarEntry): void {
    const file = createFile(path, entry.mode);
    if (this.#isPixiPack) closeSync(file);
    else if (entry.size === 0 || !this.#copyThread?.offer(file, entry)) this.#file = file;
  }

  #at(path: string): string {
    return `${this.#root}/${path}`;
  }
}

/** A repeated name gets a new inode, so a hard link to the earlier file keeps the earlier content, as in GNU tar. */
function createFile(path: string, mode: number): number {
  try {
    return openSync(path, CREATE, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !lstatSync(path).isFile()) throw error;
  }
  unlinkSync(path);
  return openSync(path, CREATE, mode);
}

function putDirectory(path: string, mode: number, exists: boolean): void {
  if (exists) chmodSync(path, mode);
  else mkdirSync(path, mode);
}

function refusal(error: NodeJS.ErrnoException, entry: TarEntry | undefined): unknown {
  const name = entry?.name ?? null;
  if (error.code === 'EEXIST' || error.code === 'ENOTDIR') {
    return new ArchiveError('DUPLICATE', 'an entry has the name of another of a different type', name);
  }
  if (error.code === 'ENOENT' && entry?.type === 'hardlink') {
    return new ArchiveError(
      'BAD_LINK',
      `a hard link points to ${JSON.stringify(entry.target)}, which is no file before it`,
      name,
    );
  }
  if (error.code === undefined) return error;
  const evidence: ErrorDetails = name === null ? { errno: error.code } : { errno: error.code, entry: name };
  return new SandboxError('UNPACK_FAILED', `unpacking failed: ${error.message}`, evidence, error);
}
