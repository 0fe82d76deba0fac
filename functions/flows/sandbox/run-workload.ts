import { constants } from 'node:os';
import { asSandboxError, SandboxError } from '../../core/sandbox/errors.ts';
import type { SandboxOptions } from '../../core/sandbox/options/types.ts';
import type { Ending } from '../../core/sandbox/receipts.ts';
import type { CommandEnd, RunCommand } from '../../ports/sandbox.ts';
import type { Run } from './phases.ts';

/** How a run ended. `error` is null if the exit code is the workload's own. */
export type Ended = { exitCode: number; signal: string | null; error: SandboxError | null };

/** Runs the command and translates its end into this process's exit code. */
export async function runWorkload({ options, phases, deps }: Run): Promise<Ended> {
  const { error, end } = await phases.run('run', () => attempt(options, deps.runCommand));
  return { exitCode: error?.exitCode ?? exitCodeOf(end), signal: end?.signal ?? null, error };
}

/** The end that the `finished` receipt holds. */
export function endingOf({ exitCode, signal, error }: Ended): Ending {
  return error === null ? { exitCode, signal } : { exitCode, signal, code: error.code, message: error.message };
}

async function attempt(
  { results, workDir, timeoutSeconds, command }: SandboxOptions,
  runCommand: RunCommand,
): Promise<{ end: CommandEnd | null; error: SandboxError | null }> {
  const env = { PINCAST_ENVIRONMENT: `${workDir}/env`, [results.envVar]: results.url };
  try {
    const end = await runCommand(command, { env, timeoutSeconds });
    return { end, error: end.timedOut ? timeout(timeoutSeconds) : null };
  } catch (error) {
    return { end: null, error: asSandboxError(error) };
  }
}

function timeout(seconds: number | null): SandboxError {
  return new SandboxError('TIMEOUT', `the workload did not end within ${seconds} s`);
}

/** As in a shell, a signal is 128 plus its number. */
function exitCodeOf(end: CommandEnd | null): number {
  if (end?.exitCode != null) return end.exitCode;
  return 128 + (constants.signals[end?.signal as NodeJS.Signals] ?? 0);
}
