import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { killGroup, killTree } from '../store/process-identity.ts';
import type { AttemptEnd, StopReason } from './attempt-outcome.ts';
import { CappedLog } from './capped-log.ts';

const LOG_BYTES = 10 * 1024 * 1024;
/** How long output may stay open after the process ended: a grandchild that left the group could hold it for ever. */
const DRAIN_MS = 1_000;

export type AttemptSpec = {
  argv: [string, ...string[]];
  env: Record<string, string>;
  workingDirectory: string;
  logPath: string;
  timeoutMs: number;
  /** From SIGTERM to SIGKILL. */
  graceMs: number;
};

/**
 * One real process, in a process group of its own, its output in a bounded log.
 *
 * SIGTERM goes to the process alone, as a container's runtime sends it to the entrypoint; when that has ended, or did
 * not in its grace period, SIGKILL ends all that is left of the group.
 */
export class ChildAttempt {
  readonly ended: Promise<AttemptEnd>;
  readonly #child: ChildProcess | undefined;
  readonly #graceMs: number;
  readonly #timers: NodeJS.Timeout[] = [];
  #stopped: StopReason | undefined;

  constructor(spec: AttemptSpec) {
    this.#graceMs = spec.graceMs;
    const log = new CappedLog(spec.logPath, LOG_BYTES);
    const child = spawnChild(spec);
    if (child instanceof Error) {
      log.close();
      this.ended = Promise.resolve({ kind: 'spawn-failed', message: child.message });
      return;
    }
    this.#child = child;
    this.#timers.push(setTimeout(() => this.stop('timeout'), spec.timeoutMs));
    this.ended = this.#run(child, log);
  }

  /** Nothing when it could not be spawned. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Why the server stopped it, if it did. */
  get stopped(): StopReason | undefined {
    return this.#stopped;
  }

  /** SIGTERM now, SIGKILL after the grace period. The first reason stands. */
  stop(reason: StopReason): void {
    const pid = this.pid;
    if (this.#stopped || pid === undefined) return;
    this.#stopped = reason;
    this.#child?.kill('SIGTERM');
    this.#timers.push(setTimeout(() => killTree(pid), this.#graceMs));
  }

  async #run(child: ChildProcess, log: CappedLog): Promise<AttemptEnd> {
    child.stdout?.on('data', (chunk: Buffer) => log.write(chunk));
    child.stderr?.on('data', (chunk: Buffer) => log.write(chunk));
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const end = await endOf(child);
    for (const timer of this.#timers) clearTimeout(timer);
    if (child.pid !== undefined) {
      killGroup(child.pid);
      await drained(child, closed);
    }
    log.close();
    return end;
  }
}

/** Some faults are thrown (a word that is too long), others arrive as an event (no such file). */
function spawnChild({ argv: [command, ...args], env, workingDirectory }: AttemptSpec): ChildProcess | Error {
  try {
    return spawn(command, args, { cwd: workingDirectory, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function endOf(child: ChildProcess): Promise<AttemptEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ kind: 'spawn-failed', message: error.message });
    });
    child.once('exit', (exitCode, signal) => {
      if (signal) resolve({ kind: 'signalled', termSignal: constants.signals[signal] });
      else resolve({ kind: 'exited', exitCode: exitCode ?? 1 });
    });
  });
}

async function drained(child: ChildProcess, closed: Promise<void>): Promise<void> {
  const limit = setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, DRAIN_MS);
  await closed;
  clearTimeout(limit);
}
