import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { VerifiedArchive } from '../core/sandbox/archive/verified-archive.ts';
import { SandboxError } from '../core/sandbox/errors.ts';
import type { UnpackLimits, Workspace } from '../ports/sandbox.ts';
import { installPixiPack } from './archive/pixi-pack.ts';
import { unpackArchive } from './archive/unpack.ts';
import { UnlinkedFile } from './files/unlinked-file.ts';
import { sameAccount, type WorkloadAccount } from './process/workload-account.ts';

/** The installed names: `env`, and a pixi pack's `activate.sh`. */
const PRODUCTS = ['env', 'activate.sh'];

export type WorkDirOptions = {
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  info: (line: string) => void;
  /** The owner of the environment; absent: this process's user. */
  account?: WorkloadAccount;
};

/**
 * The sandbox's directory on this machine. It unpacks into a private directory inside, on the same file system, and commits by
 * one rename, so that `<work-dir>/env` is complete or absent. Only pixi packs are installed in place.
 */
export class WorkDir implements Workspace<UnlinkedFile> {
  readonly #path: string;
  readonly #options: WorkDirOptions;
  /** The names that the environment added to the work dir. */
  #installed: () => readonly string[] = () => ['env'];
  #private: string | undefined;
  #file: UnlinkedFile | undefined;
  #state: 'empty' | 'staged' | 'installed' = 'empty';

  constructor(path: string, options: WorkDirOptions) {
    this.#path = path;
    this.#options = options;
  }

  open(): UnlinkedFile {
    return this.#attempt(() => {
      (this.#options.account ?? sameAccount).makeDirectory(this.#path);
      const taken = PRODUCTS.map((name) => join(this.#path, name)).find(isTaken);
      if (taken !== undefined) throw new SandboxError('WORK_DIR_UNUSABLE', `${taken} is already there`);
      this.#private = mkdtempSync(join(this.#path, '.pincast-'));
      this.#file = new UnlinkedFile(join(this.#private, 'archive'));
      return this.#file;
    });
  }

  async unpack(archive: VerifiedArchive<UnlinkedFile>, limits: UnpackLimits): Promise<void> {
    if (!VerifiedArchive.is(archive)) throw new SandboxError('INTERNAL', 'refusing to unpack unverified bytes');
    const staging = this.#staging();
    this.#attempt(() => mkdirSync(staging, 0o755));
    const unpacking = unpackArchive(archive.file, staging, { ...limits, signal: this.#options.signal });
    const { isPixiPack } = await unpacking.catch((error: NodeJS.ErrnoException) => {
      if (error instanceof SandboxError || error.code === undefined) throw error;
      throw new SandboxError('UNPACK_FAILED', `unpacking failed: ${error.message}`, { errno: error.code }, error);
    });
    if (isPixiPack) await this.#install(archive.file, limits, staging);
    else this.#state = 'staged';
    archive.file.close();
  }

  commit(): void {
    if (this.#state === 'staged') this.#attempt(() => renameSync(this.#staging(), join(this.#path, 'env')));
    this.#state = 'installed';
  }

  rollback(): void {
    if (this.#state === 'installed') for (const name of this.#installed()) remove(join(this.#path, name));
    this.#state = 'empty';
  }

  cleanup(): void {
    this.#file?.close();
    if (this.#private !== undefined) remove(this.#private);
    this.#private = undefined;
  }

  /** Installs a pixi pack; after a failure removes every name that `pixi-unpack` added to the work dir. */
  async #install({ descriptor }: UnlinkedFile, { maxBytes }: UnpackLimits, temporary: string): Promise<void> {
    const before = new Set(readdirSync(this.#path));
    this.#installed = () => readdirSync(this.#path).filter((name) => !before.has(name));
    this.#state = 'installed';
    this.#attempt(() => {
      remove(temporary);
      mkdirSync(temporary, 0o700);
    });
    const [workDir, installed] = [this.#path, this.#installed];
    try {
      await installPixiPack({ descriptor, workDir, installed, temporary, maxBytes, ...this.#options });
    } catch (error) {
      this.rollback();
      throw error;
    }
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

/** True also for a dangling link. */
function isTaken(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // The workload may have removed its own write permission from a directory.
    makeWritable(path);
    rmSync(path, { recursive: true, force: true });
  }
}

function makeWritable(path: string): void {
  if (!lstatSync(path).isDirectory()) return;
  chmodSync(path, 0o700);
  for (const name of readdirSync(path)) makeWritable(join(path, name));
}
