import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { SandboxError } from '../../core/sandbox/errors.ts';
import type { CommandEnd, CommandOptions, RunCommand } from '../../ports/sandbox.ts';
import { prepareCommand } from './activation.ts';
import { endProcesses, signalWorkload, type WorkloadProcesses } from './end-processes.ts';
import type { WorkloadAccount } from './workload-account.ts';

/** Time between TERM and KILL. Cloud Run allows 10 s, and the receipts need the rest. */
const KILL_AFTER_MS = 5_000;
const FORWARDED = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

export type CommandPlace = {
  workDir: string;
  /** The workload's environment, to which each run adds its own variables. */
  env: Readonly<Record<string, string>>;
  account: WorkloadAccount;
  ownsNamespace: boolean;
};

/**
 * Runs workloads in the work dir, each in its own session and process group. They share this process's output, and the group
 * receives its signals. Resolves when every process of the workload has ended, so that the results no longer change.
 */
export function commandRunner({ workDir, env, account, ownsNamespace }: CommandPlace): RunCommand {
  return async (command, options) => {
    const { program, args, stdio, follow } = prepareCommand(workDir, command);
    const path = `${workDir}/env/bin:${env.PATH ?? '/usr/local/bin:/usr/bin:/bin'}`;
    const run = randomUUID();
    const all = { ...env, PATH: path, ...options.env, PINCAST_RUN: run };
    const failed = (error: NodeJS.ErrnoException) => notStarted(program, error, workDir);
    const child = spawned(
      () => account.spawn(program, args, { cwd: workDir, env: all, stdio, detached: true }),
      failed,
    );
    const isFound = follow(child);
    const asRoot = account.asRoot.bind(account);
    const processes = { leader: child.pid ?? 0, ownsNamespace, mark: `PINCAST_RUN=${run}`, asRoot };
    const end = await settle(child, processes, options).catch((error) => {
      throw failed(error);
    });
    await endProcesses(processes);
    if (await isFound(end)) return end;
    throw missingProgram(command[0] ?? '', `${workDir}/env/bin`, undefined);
  };
}

/** Node throws ENOTDIR, ENAMETOOLONG, E2BIG, … at once; it emits ENOENT, EACCES and EAGAIN as `error`. */
function spawned(spawn: () => ChildProcess, failed: (error: NodeJS.ErrnoException) => SandboxError): ChildProcess {
  try {
    return spawn();
  } catch (error) {
    throw failed(error as NodeJS.ErrnoException);
  }
}

function settle(child: ChildProcess, processes: WorkloadProcesses, options: CommandOptions): Promise<CommandEnd> {
  let timedOut = false;
  let killer: NodeJS.Timeout | undefined;
  const forward = (signal: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    signalWorkload(processes, signal);
    killer ??= setTimeout(() => signalWorkload(processes, 'SIGKILL'), KILL_AFTER_MS);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  const timer = startTimer(options.timeoutSeconds, () => {
    timedOut = true;
    forward('SIGTERM');
  });
  return new Promise<CommandEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal, timedOut }));
  }).finally(() => {
    clearTimeout(timer);
    clearTimeout(killer);
    for (const signal of FORWARDED) process.off(signal, forward);
  });
}

/** Node's timers take at most 2^31-1 ms, which is longer than Cloud Run's longest task. */
function startTimer(seconds: number | null, onTime: () => void): NodeJS.Timeout | undefined {
  if (seconds === null) return undefined;
  return setTimeout(onTime, Math.min(seconds * 1_000, 2 ** 31 - 1));
}

/** As in a shell: 127 for a missing program, 126 for a program that cannot be executed. */
function notStarted(program: string, error: NodeJS.ErrnoException, workDir: string): SandboxError {
  if (error.code === 'ENOENT') return missingProgram(program, `${workDir}/env/bin`, error);
  const message = `cannot start ${JSON.stringify(program)}: ${error.message}`;
  return new SandboxError('COMMAND_NOT_EXECUTABLE', message, {}, error);
}

const MAX_NAMES = 20;

/** The error for a missing program; it names the installed programs. */
function missingProgram(program: string, directory: string, cause: unknown): SandboxError {
  const names = namesIn(directory);
  if (names.includes(program)) {
    const message = `${program} is in env/bin, and the interpreter that its first line names is missing`;
    return new SandboxError('COMMAND_NOT_FOUND', message, { programs: [program] }, cause);
  }
  const shown = names.slice(0, MAX_NAMES).map((name) => JSON.stringify(name.slice(0, 100)).slice(1, -1));
  const rest = names.length > MAX_NAMES ? `, and ${names.length - MAX_NAMES} more` : '';
  const found = shown.length === 0 ? 'which is empty or missing' : `it has: ${shown.join(', ')}${rest}`;
  const where = program.includes('/') ? `no ${program}` : `no ${program} in env/bin`;
  return new SandboxError('COMMAND_NOT_FOUND', `${where}; ${found}`, { programs: shown }, cause);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}
