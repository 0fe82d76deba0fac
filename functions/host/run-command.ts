import { spawn } from 'node:child_process';
import { SandboxError } from '../core/sandbox/sandbox-error.ts';
import type { CommandEnd, CommandOptions, RunCommand } from '../ports/sandbox.ts';
import { activated } from './activation.ts';

/** How long a workload has after TERM; Cloud Run itself gives 10 s, and receipts must still be written then. */
const KILL_AFTER_MS = 5_000;
const FORWARDED = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Runs workloads in the work dir. Their output is this process's own; signals are passed on to them. They stay in this
 * process's group: whoever kills that group leaves no workload behind.
 *
 * @param base what the workload finds in its environment besides what the run adds.
 */
export function commandRunner(workDir: string, base: NodeJS.ProcessEnv): RunCommand {
  return (command, options) => {
    const [program = '', ...args] = activated(workDir, command);
    const env = { ...base, PATH: `${workDir}/env/bin:${base.PATH ?? '/usr/local/bin:/usr/bin:/bin'}`, ...options.env };
    const child = spawn(program, args, { cwd: workDir, env, stdio: 'inherit' });
    return settle(child, program, options);
  };
}

function settle(child: ReturnType<typeof spawn>, program: string, options: CommandOptions): Promise<CommandEnd> {
  const kill = () => child.kill('SIGKILL');
  let timedOut = false;
  let killer: NodeJS.Timeout | undefined;
  const forward = (signal: NodeJS.Signals) => {
    child.kill(signal);
    killer ??= setTimeout(kill, KILL_AFTER_MS);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  const timer = startTimer(options.timeoutSeconds, () => {
    timedOut = true;
    forward('SIGTERM');
  });
  return new Promise<CommandEnd>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(notStarted(program, error)));
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
function notStarted(program: string, error: NodeJS.ErrnoException): SandboxError {
  const code = error.code === 'ENOENT' ? 'COMMAND_NOT_FOUND' : 'COMMAND_NOT_EXECUTABLE';
  return new SandboxError(code, `cannot start ${JSON.stringify(program)}: ${error.message}`, {}, error);
}
