import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { SandboxError } from '../../core/sandbox/errors.ts';
import type { CommandEnd, CommandOptions, RunCommand } from '../../ports/sandbox.ts';
import { prepareCommand } from './activation.ts';
import { endProcesses, signalWorkload, type WorkloadProcesses } from './end-processes.ts';
import { missingProgram } from './missing-program.ts';
import type { WorkloadAccount } from './workload-account.ts';

/** How long a workload has after TERM; Cloud Run itself gives 10 s, and receipts must still be written then. */
const KILL_AFTER_MS = 5_000;
const FORWARDED = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

export type CommandPlace = {
  workDir: string;
  /** What the workload finds in its environment besides what the run adds. */
  env: Readonly<Record<string, string>>;
  account: WorkloadAccount;
  ownsNamespace: boolean;
};

/**
 * Runs workloads in the work dir, each in a session and process group of its own. Their output is this process's own; signals
 * are passed on to the group. Resolves when everything that the workload started has ended: what is packed afterwards stands still.
 */
export function commandRunner({ workDir, env, account, ownsNamespace }: CommandPlace): RunCommand {
  return async (command, options) => {
    const { program, args, stdio, follow } = prepareCommand(workDir, command);
    const path = `${workDir}/env/bin:${env.PATH ?? '/usr/local/bin:/usr/bin:/bin'}`;
    const run = randomUUID();
    const all = { ...env, PATH: path, ...options.env, PINCAST_RUN: run };
    const child = account.spawn(program, args, { cwd: workDir, env: all, stdio, detached: true });
    const isFound = follow(child);
    const asRoot = account.asRoot.bind(account);
    const processes = { leader: child.pid ?? 0, ownsNamespace, mark: `PINCAST_RUN=${run}`, asRoot };
    const end = await settle(child, processes, options).catch((error: NodeJS.ErrnoException) => {
      throw notStarted(program, error, workDir);
    });
    await endProcesses(processes);
    if (await isFound(end)) return end;
    throw missingProgram(command[0] ?? '', `${workDir}/env/bin`, undefined);
  };
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

/** Node's timers count at most 2^31-1 ms; a longer timeout is longer than Cloud Run lets a task live. */
function startTimer(seconds: number | null, onTime: () => void): NodeJS.Timeout | undefined {
  if (seconds === null) return undefined;
  return setTimeout(onTime, Math.min(seconds * 1_000, 2 ** 31 - 1));
}

/** As a shell has it: 127 for a program that is not there, 126 for one that cannot be executed. */
function notStarted(program: string, error: NodeJS.ErrnoException, workDir: string): SandboxError {
  if (error.code === 'ENOENT') return missingProgram(program, `${workDir}/env/bin`, error);
  const message = `cannot start ${JSON.stringify(program)}: ${error.message}`;
  return new SandboxError('COMMAND_NOT_EXECUTABLE', message, {}, error);
}
