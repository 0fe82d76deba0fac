import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { chownSync, readdirSync } from 'node:fs';
import { SandboxError } from '../../core/sandbox/errors.ts';
import type { WorkloadUser } from '../../core/sandbox/options/types.ts';
import { mkdirp } from '../files/mkdirp.ts';

type Spawn = (program: string, args: readonly string[], options: SpawnOptions) => ChildProcess;

/** The user that runs the workload and owns the environment. */
export interface WorkloadAccount {
  readonly isolation: 'uid' | 'none';
  /** As `mkdir -p`, owned by the workload's user. A directory with files keeps its owner. */
  makeDirectory(directory: string): void;
  /** Starts a program as the workload's user. */
  spawn: Spawn;
  /** Runs the action with the container's initial user. */
  asRoot<T>(action: () => T): T;
}

/** The entrypoint's own user, without isolation. */
export const sameAccount: WorkloadAccount = {
  isolation: 'none',
  makeDirectory: mkdirp,
  spawn,
  asRoot: (action) => action(),
};

/**
 * Gives this process the workload's effective user. Its files are the workload's, and it reads and removes files in the
 * workload's directories without root's rights. Its real user stays root, so that the kernel refuses the workload's user to
 * signal or trace it, or to read its `/proc/<pid>/mem`.
 *
 * @throws SandboxError USAGE if this process may not change its user
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

  makeDirectory(directory: string): void {
    this.asRoot(() => {
      mkdirp(directory);
      if (readdirSync(directory).length === 0) chownSync(directory, this.#user.uid, this.#user.gid);
    });
  }

  /** Attack: spawned by root, so that the child's real and saved user change too; by them it could return to root. */
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

/** Changes the group first, because only root can change it. */
function drop({ uid, gid }: WorkloadUser): void {
  process.setegid?.(gid);
  process.seteuid?.(uid);
}
