import { spawn } from 'node:child_process';
import { SandboxError } from '../core/sandbox/sandbox-error.ts';

/** The file at the root of an archive that makes it a pixi pack. */
export const PIXI_PACK_MARK = 'pixi-pack.json';

const PROGRAM = 'pixi-unpack';
/** Of each output the end is kept, where a program says why it failed. */
const MAX_OUTPUT = 4_000;
const HOW_TO_GET_IT =
  '`pixi global install pixi-unpack`, or the binary of a release of https://github.com/Quantco/pixi-pack, on PATH';

export type PixiOptions = {
  /** The verified archive, open: it has no name any more. */
  descriptor: number;
  /** Gets `env` and `activate.sh`. */
  workDir: string;
  /** For what `pixi-unpack` has in between. */
  temporary: string;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  say: (line: string) => void;
};

type Ended = { exitCode: number | null; stdout: string; stderr: string };

/** Installs a pixi pack in place: it writes absolute paths. @throws SandboxError UNPACK_FAILED */
export async function installPixiPack(options: PixiOptions): Promise<void> {
  const version = await run(['--version'], options);
  options.say(`unpacking a pixi pack with ${version.stdout.trim() || PROGRAM}`);
  const ended = await run(['--output-directory', options.workDir, '--shell', 'bash', '/dev/fd/3'], options);
  if (ended.exitCode === 0) return;
  const { exitCode, stdout, stderr } = ended;
  const message = `${PROGRAM} failed with exit code ${exitCode}: ${stderr.trim() || stdout.trim() || 'it said nothing'}`;
  throw new SandboxError('UNPACK_FAILED', message, { unpackerExitCode: exitCode, stdout, stderr });
}

function run(args: readonly string[], { descriptor, temporary, env, signal }: PixiOptions): Promise<Ended> {
  const child = spawn(PROGRAM, args, {
    env: { ...env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe', descriptor],
    signal,
  });
  const ended: Ended = { exitCode: null, stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => {
    ended.stdout = `${ended.stdout}${chunk}`.slice(-MAX_OUTPUT);
  });
  child.stderr?.on('data', (chunk) => {
    ended.stderr = `${ended.stderr}${chunk}`.slice(-MAX_OUTPUT);
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(notStarted(error)));
    child.once('close', (exitCode) => resolve({ ...ended, exitCode }));
  });
}

function notStarted(error: NodeJS.ErrnoException): SandboxError {
  const message =
    error.code === 'ENOENT'
      ? `the environment is a pixi pack, and ${PROGRAM} is missing; get it: ${HOW_TO_GET_IT}`
      : `${PROGRAM} cannot be started: ${error.message}`;
  return new SandboxError('UNPACK_FAILED', message, {}, error);
}
