import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { CliError, exitCodes } from '../errors.ts';
import type { CommandContext, Session } from '../session.ts';

/** Started as a process, because deployed code must not import the embedded cloud. */
const START = fileURLToPath(new URL('../../../infra/local/start.ts', import.meta.url));

export function addUp(program: Command, { session, runAction }: CommandContext): void {
  program
    .command('up')
    .summary('start a local cloud on this machine')
    .description('Starts the embedded cloud with a sample fleet, as `npm start` does. Ctrl-C stops it.')
    .argument('[args...]', 'for the embedded cloud, after --: pincast up -- --tenants 3 --once')
    .action(runAction((args: string[]) => up(args, session, START)));
}

/** @returns the exit code of the embedded cloud. */
export async function up(
  args: readonly string[],
  { cwd, env }: Pick<Session, 'cwd' | 'env'>,
  script: string,
): Promise<number> {
  if (!existsSync(script)) {
    const message = 'the embedded cloud (infra/local) is not part of this installation; it is in the source repository';
    throw new CliError(exitCodes.unavailable, message);
  }
  const child = spawn(process.execPath, [script, ...args], { cwd, env, stdio: 'inherit' });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  const signals = signalsToForward();
  for (const signal of signals) process.on(signal, forward);
  process.on('SIGINT', waitForChild);
  try {
    return await exitOf(child);
  } finally {
    for (const signal of signals) process.off(signal, forward);
    process.off('SIGINT', waitForChild);
  }
}

/** On a terminal Ctrl-C signals the whole process group, so a forwarded SIGINT would be the child's second. */
function signalsToForward(): NodeJS.Signals[] {
  return process.stdin.isTTY ? ['SIGTERM', 'SIGHUP'] : ['SIGTERM', 'SIGHUP', 'SIGINT'];
}

function waitForChild(): void {}

function exitOf(child: ReturnType<typeof spawn>): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 0)));
  });
}
