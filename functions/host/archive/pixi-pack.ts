import type { ChildProcess } from 'node:child_process';
import { lstatSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SandboxError } from '../../core/sandbox/errors.ts';
import { sameAccount, type WorkloadAccount } from '../process/workload-account.ts';
import { checkInstalledTree, type Installing, watchSizes } from './installed-tree.ts';

/** The file at the root of an archive that makes it a pixi pack. */
export const PIXI_PACK_MARK = 'pixi-pack.json';

const PROGRAM = 'pixi-unpack';
/** Characters kept of the end of each output, which holds a program's error. */
const MAX_OUTPUT = 4_000;
/** Wait for output after the program's end, because a process that it left may hold its pipes. */
const OUTPUT_MS = 500;
/** Wait for a killed process group: 50 times 10 ms. */
const END_CHECKS = 50;
const END_CHECK_MS = 10;
const HOW_TO_GET_IT =
  '`pixi global install pixi-unpack`, or the binary of a release of https://github.com/Quantco/pixi-pack, on PATH';

export type PixiOptions = {
  /** The verified archive, an unlinked file. */
  descriptor: number;
  /** Gets `env` and `activate.sh`. */
  workDir: string;
  /** The names that `pixi-unpack` has added to the work dir. */
  installed: () => readonly string[];
  /** `TMPDIR` of `pixi-unpack`. */
  temporary: string;
  /** Limit of the installed tree, and of the temporary directory. */
  maxBytes: number;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  info: (line: string) => void;
  /** The user that installs; absent: this process's user. */
  account?: WorkloadAccount;
};

type Ended = { exitCode: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string };

/**
 * Installs a pixi pack in place, because `pixi-unpack` writes absolute paths, and checks the installed tree. It returns
 * or throws after the last process of `pixi-unpack`'s group has ended.
 *
 * @throws SandboxError UNPACK_FAILED; ArchiveError; the signal's reason if it is aborted
 */
export async function installPixiPack(options: PixiOptions): Promise<void> {
  const { workDir, temporary, maxBytes, signal, info } = options;
  const version = await run(['--version'], options, signal);
  info(`unpacking a pixi pack with ${version.stdout.trim() || PROGRAM}`);
  const installed: Installing = { directory: workDir, names: options.installed, maxBytes };
  const between: Installing = { directory: dirname(temporary), names: () => [basename(temporary)], maxBytes };
  await runWithin([installed, between], options);
  if (!lstatSync(join(workDir, 'env'), { throwIfNoEntry: false })?.isDirectory()) {
    throw new SandboxError('UNPACK_FAILED', `${PROGRAM} ended with exit code 0 and installed no env directory`);
  }
  await checkInstalledTree(installed);
}

async function runWithin(trees: readonly Installing[], options: PixiOptions): Promise<void> {
  const stop = new AbortController();
  const watching = watchSizes(trees, stop.signal).catch((error: unknown) => stop.abort(error));
  const args = ['--output-directory', options.workDir, '--shell', 'bash', '/dev/fd/3'];
  try {
    const ended = await run(args, options, AbortSignal.any([options.signal, stop.signal]));
    if (ended.exitCode !== 0) throw failure(ended);
  } finally {
    stop.abort();
    await watching;
  }
}

/** @throws the signal's reason if it is aborted, after the process group is killed */
async function run(args: readonly string[], options: PixiOptions, signal: AbortSignal): Promise<Ended> {
  const { descriptor, temporary, env, account = sameAccount } = options;
  signal.throwIfAborted();
  const child = account.spawn(PROGRAM, args, {
    env: { ...env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe', descriptor],
    detached: true,
  });
  const kill = () => killGroup(child);
  signal.addEventListener('abort', kill, { once: true });
  const ended = await endOf(child).finally(() => signal.removeEventListener('abort', kill));
  signal.throwIfAborted();
  return ended;
}

async function endOf(child: ChildProcess): Promise<Ended> {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk) => {
      output[name] = `${output[name]}${chunk}`.slice(-MAX_OUTPUT);
    });
  }
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(notStarted(error)));
    child.once('exit', (...end) => resolve(end));
  });
  await endGroup(child);
  await Promise.race([closed, sleep(OUTPUT_MS)]);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return { exitCode, signal, ...output };
}

/** Waits, because a killed process may still create a file in a system call. Limited, because zombies stay without an init. */
async function endGroup(child: ChildProcess): Promise<void> {
  for (let check = 0; check < END_CHECKS && killGroup(child); check++) await sleep(END_CHECK_MS);
}

/** False if the group has no process any more. */
function killGroup({ pid }: ChildProcess): boolean {
  try {
    return pid !== undefined && process.kill(-pid, 'SIGKILL');
  } catch {
    return false;
  }
}

function failure({ exitCode, signal, stdout, stderr }: Ended): SandboxError {
  const how = signal === null ? `failed with exit code ${exitCode}` : `was killed by ${signal}`;
  const message = `${PROGRAM} ${how}: ${stderr.trim() || stdout.trim() || 'it said nothing'}`;
  return new SandboxError('UNPACK_FAILED', message, {
    unpackerExitCode: exitCode,
    unpackerSignal: signal,
    stdout,
    stderr,
  });
}

function notStarted(error: NodeJS.ErrnoException): SandboxError {
  const message =
    error.code === 'ENOENT'
      ? `the environment is a pixi pack, and ${PROGRAM} is missing; get it: ${HOW_TO_GET_IT}`
      : `${PROGRAM} cannot be started: ${error.message}`;
  return new SandboxError('UNPACK_FAILED', message, {}, error);
}
