import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { VerifiedArchive } from '../core/archive/verified-archive.ts';
import { SandboxError } from '../core/sandbox/sandbox-error.ts';
import type { Unpacked, UnpackLimits, Workspace } from '../ports/sandbox.ts';
import { PrivateFile } from './private-file.ts';
import { unpackArchive } from './unpack-archive.ts';

/**
 * The sandbox's folder on this machine. Everything happens in a private folder inside it, on the same file system, so
 * that the last step is one rename: `<work-dir>/env` is whole or it is not there.
 */
export class WorkDir implements Workspace<PrivateFile> {
  readonly #path: string;
  readonly #env: string;
  #private: string | undefined;
  #file: PrivateFile | undefined;
  #revealed = false;

  constructor(path: string) {
    this.#path = path;
    this.#env = join(path, 'env');
  }

  open(): PrivateFile {
    return this.#attempt(() => {
      mkdirSync(this.#path, { recursive: true });
      if (existsSync(this.#env)) throw new SandboxError('WORK_DIR_UNUSABLE', `${this.#env} is already there`);
      this.#private = mkdtempSync(join(this.#path, '.pincast-'));
      this.#file = new PrivateFile(join(this.#private, 'archive'));
      return this.#file;
    });
  }

  async unpack(archive: VerifiedArchive<PrivateFile>, limits: UnpackLimits): Promise<Unpacked> {
    if (!VerifiedArchive.is(archive)) throw new SandboxError('INTERNAL', 'refusing to unpack what nobody verified');
    const staging = this.#staging();
    this.#attempt(() => mkdirSync(staging, 0o755));
    const unpacked = await unpackArchive(archive.file, staging, limits);
    archive.file.close();
    return unpacked;
  }

  reveal(): void {
    this.#attempt(() => renameSync(this.#staging(), this.#env));
    this.#revealed = true;
  }

  conceal(): void {
    if (this.#revealed) remove(this.#env);
    this.#revealed = false;
  }

  discard(): void {
    this.#file?.close();
    if (this.#private !== undefined) remove(this.#private);
    this.#private = undefined;
  }

  #staging(): string {
    if (this.#private === undefined) throw new SandboxError('INTERNAL', 'the work dir is not open');
    return join(this.#private, 'env');
  }

  #attempt<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (error instanceof SandboxError) throw error;
      const { message, code = 'unknown' } = error as NodeJS.ErrnoException;
      throw new SandboxError('WORK_DIR_UNUSABLE', `cannot write the work dir: ${message}`, { errno: code }, error);
    }
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // A workload may have taken its own write permission from a folder.
    openFolders(path);
    rmSync(path, { recursive: true, force: true });
  }
}

function openFolders(path: string): void {
  if (!lstatSync(path).isDirectory()) return;
  chmodSync(path, 0o700);
  for (const name of readdirSync(path)) openFolders(join(path, name));
}
