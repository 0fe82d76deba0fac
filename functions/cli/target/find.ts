import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { CliError, usageError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { type CloudContext, parseTargetFile, targetOfEnv, targetOfFile } from './target.ts';

const TARGET_FILE = join('.pincast', 'target.json');
const MAX_BYTES = 64 * 1024;

/**
 * The cloud that the environment names, else the local cloud whose folder this is.
 *
 * @throws CliError usage where there is neither; unavailable where the local cloud has ended.
 */
export function findTarget(env: NodeJS.ProcessEnv, cwd: string): CloudContext {
  if (env.PINCAST_PROJECT) return targetOfEnv(env);
  for (let folder = cwd; ; folder = dirname(folder)) {
    const path = join(folder, TARGET_FILE);
    const text = readOwnFile(path);
    if (text !== undefined) return localTarget(text, relative(cwd, path));
    if (folder === dirname(folder)) break;
  }
  throw usageError(
    'which cloud? Set PINCAST_PROJECT and the other PINCAST_ variables for a project in Google Cloud, or run ' +
      '`npm start` for a local cloud and call pincast in that folder or below it',
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

/** Undefined where there is no such file. */
function readOwnFile(path: string): string | undefined {
  try {
    return readBounded(path);
  } catch (error) {
    if (error instanceof CliError) throw error;
    if (isAbsent(error)) return undefined;
    throw usageError(`cannot read ${path}: ${(error as Error).message}`);
  }
}

/** A file of another user is refused: in a shared folder it would send this user's environments wherever it says. */
function readBounded(path: string): string {
  const descriptor = openSync(path, 'r');
  try {
    const { uid } = fstatSync(descriptor);
    const user = process.getuid?.() ?? uid;
    if (uid !== user && uid !== 0) throw usageError(`${path} belongs to another user (uid ${uid}): it is not used`);
    const buffer = Buffer.alloc(MAX_BYTES);
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, MAX_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** EPERM: the process is there and belongs to another user. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
