import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { chownSync, readdirSync } from 'node:fs';
import { SandboxError } from '../../core/sandbox/errors.ts';
import type { WorkloadUser } from '../../core/sandbox/options/types.ts';
import { mkdirp } from '../files/mkdirp.ts';

type Spawn = (program: string, args: readonly string[], options: SpawnOptions) => ChildProcess;

/** Who runs the workload and owns what is unpacked. */
export interface WorkloadAccount {
  readonly isolation: 'uid' | 'none';
  /** As `mkdir -p`, and the workload's own. A folder that holds files already is left to its owner. */
  makeFolder(folder: string): void;
  /** Starts a program as the workload's user. */
  spawn: Spawn;
  /** Acts with the rights that the container started with. */
  asRoot<T>(action: () => T): T;
}

/** The entrypoint's own user: nothing separates the two. */
export const sameAccount: WorkloadAccount = {
  isolation: 'none',
  makeFolder: mkdirp,
  spawn,
  asRoot: (action) => action(),
};

/**
 * Gives this process the workload's effective user, so that every file that it makes is the workload's and nothing is read
 * or removed in the workload's folders with root's rights. Its real user stays root: the kernel lets no process of the
 * workload's user signal or trace it, or read its `/proc/<pid>/mem`.
 *
 * @throws SandboxError USAGE where this process may not change its user
 */
export function takeWorkloadAccount(user: WorkloadUser | null): WorkloadAccount {
  if (user === null) return sameAccount;
  try {
    process.setgroups?.([user.gid]);
    drop(user);
  } catch (error) {
    const message = `--workload-uid ${user.uid} needs a container that starts as root and may change its user`;
    throw new SandboxError('USAGE', `${message}: ${(error as Error).message}`, {}, error);
  }
  return new OtherAccount(user);
}

class OtherAccount implements WorkloadAccount {
  readonly isolation = 'uid';
  readonly #user: WorkloadUser;

  constructor(user: WorkloadUser) {
    this.#user = user;
  }

  makeFolder(folder: string): void {
    this.asRoot(() => {
      mkdirp(folder);
      if (readdirSync(folder).length === 0) chownSync(folder, this.#user.uid, this.#user.gid);
    });
  }

  /** By root, so that the child's real and saved user change as well: it could return to root by them. */
  spawn(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    return this.asRoot(() => spawn(program, args, { ...options, ...this.#user }));
  }

  asRoot<T>(action: () => T): T {
    process.seteuid?.(0);
    process.setegid?.(0);
    try {
      return action();
    } finally {
      drop(this.#user);
    }
  }
}

/** The group first: without root's rights it can no longer be changed. */
function drop({ uid, gid }: WorkloadUser): void {
  process.setegid?.(gid);
  process.seteuid?.(uid);
}
