import type { ChildProcess, StdioOptions } from 'node:child_process';
import { existsSync, lstatSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { SandboxError } from '../../core/sandbox/errors.ts';
import type { CommandEnd } from '../../ports/sandbox.ts';
import { writeStderr } from '../files/write-line.ts';

/** Characters kept of the end of the script's output, which holds a program's error. */
const MAX_OUTPUT = 4_000;
/** Linux's limit of one argument or variable. */
const MAX_PATH = 128 * 1024;
/** Wait for output after the shell's end, because a process that the script left may hold its pipe. */
const OUTPUT_MS = 200;

/**
 * Attack: the text is constant; the script's path and the command are arguments, so the shell never parses them as code.
 *
 * The script runs in a function without arguments: `$1` is empty in it, and `set -- …` does not reach the command. It
 * writes to descriptor 4. Its PATH goes to descriptor 3, which proves that it succeeded: an `exit 0` of its own would
 * otherwise look like a workload that ended well. `exec` leaves no shell behind, so signals reach the workload itself.
 */
const SOURCE_AND_RUN = `
activate() { . "$0" 3>&- >&4 2>&1 4>&-; }
activate
case $? in 0) ;; *) exit $? ;; esac
printf :%s "$PATH" >&3
exec "$@" 3>&- 4>&-
`;

/** How to start a command, and how to judge its end. */
export type PreparedCommand = {
  program: string;
  args: readonly string[];
  stdio: StdioOptions;
  /** @returns a function that checks the child's end: it throws ACTIVATION_FAILED, or returns false if the command is missing */
  follow: (child: ChildProcess) => (end: CommandEnd) => Promise<boolean>;
};

/** The command, run after the environment's `activate.sh` if it exists: beside `env` (pixi packs) or inside. */
export function prepareCommand(workDir: string, command: readonly string[]): PreparedCommand {
  const script = [join(workDir, 'activate.sh'), join(workDir, 'env', 'activate.sh')].find(isTaken);
  const [program = '', ...args] = command;
  if (script === undefined) return { program, args, stdio: 'inherit', follow: () => async () => true };
  return {
    ...shellWith(SOURCE_AND_RUN, [script, ...command]),
    stdio: ['inherit', 'inherit', 'inherit', 'pipe', 'pipe'],
    follow: (child) => {
      const path = collect(child.stdio[3], MAX_PATH);
      const output = collect(child.stdio[4], MAX_OUTPUT, writeStderr);
      return async (end) => {
        await Promise.race([Promise.all([path.ended, output.ended]), sleep(OUTPUT_MS)]);
        const isActivated = path.text() !== '';
        if (!isActivated && end.signal === null && !end.timedOut) throw failure(script, end, output.text());
        return end.exitCode !== 127 || isFound(program, path.text().slice(1));
      };
    },
  };
}

/** True also for a dangling link, which makes sourcing fail. */
function isTaken(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function failure(script: string, { exitCode }: CommandEnd, output: string): SandboxError {
  const how = exitCode === 0 ? 'ended the shell with exit 0' : `failed with status ${exitCode}`;
  const message = `${script} ${how}, so the command was not run: ${output.trim() || 'it said nothing'}`;
  return new SandboxError('ACTIVATION_FAILED', message, { script, status: exitCode, output });
}

/**
 * Activation scripts of packages are written for bash, and mostly content with any POSIX shell. `--norc`: bash takes a
 * socket as its input for a remote shell, and would read `~/.bashrc`.
 */
function shellWith(text: string, args: readonly string[]): Pick<PreparedCommand, 'program' | 'args'> {
  if (existsSync('/bin/bash')) return { program: '/bin/bash', args: ['--norc', '-c', text, ...args] };
  return { program: '/bin/sh', args: ['-c', text, ...args] };
}

type Stream = ChildProcess['stdio'][number] | undefined;
type Collected = { text: () => string; ended: Promise<void> };

function collect(stream: Stream, maxLength: number, onChunk?: (chunk: Buffer) => void): Collected {
  let text = '';
  if (!(stream instanceof Readable)) return { text: () => text, ended: Promise.resolve() };
  stream.on('data', (chunk: Buffer) => {
    text = `${text}${chunk}`.slice(-maxLength);
    onChunk?.(chunk);
  });
  // After `error` the stream ends too.
  const ended = new Promise<void>((resolve) => stream.once('close', resolve).once('error', () => resolve()));
  return { text: () => text, ended };
}

function isFound(program: string, path: string): boolean {
  if (program.includes('/')) return existsSync(program);
  return path.split(delimiter).some((directory) => existsSync(join(directory, program)));
}
