import { failuresAfter, pauseAfter } from '../../../core/sandbox/download.ts';
import { SandboxError } from '../../../core/sandbox/errors.ts';
import { redact } from '../../../core/sandbox/redact.ts';
import { type ArchiveFile, type SandboxDeps, StorageError } from '../../../ports/sandbox.ts';
import { translateStorageError } from '../storage-errors.ts';

export type DownloadDeps = Pick<SandboxDeps<ArchiveFile>, 'sleep' | 'random' | 'elapsed' | 'info'>;

export type RetryDeps = Pick<SandboxDeps<ArchiveFile>, 'sleep' | 'random' | 'info'>;

/** One download: `attempt` reads from `offset` on and throws the connection's error. */
export type Connection = { attempt: () => Promise<void>; offset: () => number; isComplete: () => boolean };

/**
 * Opens connections until the download is complete, with pauses between them.
 *
 * @throws SandboxError ENVIRONMENT_NOT_FOUND, ENVIRONMENT_UNAVAILABLE; errors that another connection cannot resolve
 */
export async function resumeUntilComplete({ attempt, offset, isComplete }: Connection, deps: RetryDeps): Promise<void> {
  for (let failures = 0; ; ) {
    const before = offset();
    const broken = await runAttempt(attempt, isComplete);
    if (broken === undefined) return;
    failures = failuresAfter(failures, offset() - before);
    await pause(failures, broken, offset(), deps);
  }
}

/** The connection's error; undefined if the download is complete, even after a broken connection. */
async function runAttempt(attempt: () => Promise<void>, isComplete: () => boolean): Promise<unknown> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof SandboxError) throw error;
    if (isComplete()) return undefined;
    if (error instanceof StorageError && error.kind !== 'unavailable')
      throw translateStorageError(error, 'environment');
    throwIfLocal(error);
    return error;
  }
  return isComplete() ? undefined : new Error('the connection ended too early');
}

async function pause(failures: number, broken: unknown, reached: number, deps: RetryDeps): Promise<void> {
  const reason = redact(broken instanceof Error ? broken.message : String(broken));
  const milliseconds = pauseAfter(failures, deps.random());
  if (milliseconds === undefined) {
    const message = `the environment did not arrive after ${failures} attempts: ${reason}`;
    throw new SandboxError('ENVIRONMENT_UNAVAILABLE', message, { bytes: reached }, broken);
  }
  deps.info(`download broke off at byte ${reached} (${reason}), going on`);
  await deps.sleep(milliseconds);
}

/** A local error, such as a full disk, ends the download. @throws SandboxError WORK_DIR_UNUSABLE */
function throwIfLocal(error: unknown): void {
  const { message, code = '' } = error as NodeJS.ErrnoException;
  if (!['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG', 'EBADF', 'EROFS'].includes(code)) return;
  throw new SandboxError('WORK_DIR_UNUSABLE', `cannot write the work dir: ${message}`, { errno: code }, error);
}
