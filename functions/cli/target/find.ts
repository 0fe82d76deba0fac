import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { CliError, exitCodes, usageError } from '../errors.ts';
import { type CloudContext, parseTargetFile, targetOfEnv, targetOfFile } from './target.ts';

const TARGET_FILE = join('.pincast', 'target.json');
const MAX_BYTES = 64 * 1024;

/**
 * Finds the cloud of the environment variables, else the local cloud of this directory or the nearest one above.
 *
 * @throws CliError usage if there is neither; unavailable if the local cloud has ended.
 */
export function findTarget(env: NodeJS.ProcessEnv, cwd: string): CloudContext {
  if (env.PINCAST_PROJECT) return targetOfEnv(env);
  for (let directory = cwd; ; directory = dirname(directory)) {
    const path = join(directory, TARGET_FILE);
    const text = readOwnFile(path);
    if (text !== undefined) return localTarget(text, relative(cwd, path));
    if (directory === dirname(directory)) break;
  }
  throw usageError(
    'no cloud is configured: set PINCAST_PROJECT and the other PINCAST_ variables for Google Cloud, or run ' +
      '`npm start` for a local cloud and call pincast in that directory or below it',
  );
}

function localTarget(text: string, path: string): CloudContext {
  const file = parseTargetFile(text, path);
  if (isAlive(file.pid)) return targetOfFile(file, path);
  throw new CliError(
    exitCodes.unavailable,
    `the local cloud of ${path} is not running (its process ${file.pid} has ended); start it with \`npm start\``,
  );
}

/** The text of the file; undefined if it is absent. */
function readOwnFile(path: string): string | undefined {
  try {
    return readBounded(path);
  } catch (error) {
    if (error instanceof CliError) throw error;
    if (isAbsent(error)) return undefined;
    throw usageError(`cannot read ${path}: ${(error as Error).message}`);
  }
}

/** Attack: in a shared directory, another user's target file could redirect this user's environments, so it is refused. */
function readBounded(path: string): string {
  const descriptor = openSync(path, 'r');
  try {
    const { uid } = fstatSync(descriptor);
    const user = process.getuid?.() ?? uid;
    if (uid !== user && uid !== 0) throw usageError(`${path} belongs to another user (uid ${uid}) and is refused`);
    const buffer = Buffer.alloc(MAX_BYTES);
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, MAX_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** True for EPERM too: the process exists and belongs to another user. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
