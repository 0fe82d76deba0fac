import { downloadPolicy, failuresAfter, pauseAfter } from '../../../core/sandbox/download.ts';
import { SandboxError } from '../../../core/sandbox/errors.ts';
import { redact } from '../../../core/sandbox/redact.ts';
import { type ArchiveFile, type SandboxDeps, StorageError } from '../../../ports/sandbox.ts';
import { translateStorageError } from '../storage-errors.ts';

export type DownloadDeps = Pick<SandboxDeps<ArchiveFile>, 'sleep' | 'random' | 'elapsed' | 'info'>;

export type RetryDeps = Pick<SandboxDeps<ArchiveFile>, 'sleep' | 'random' | 'info'>;

/** One connection: reads on from where `reached` says, and throws what broke it. */
export type Connection = { once: () => Promise<void>; reached: () => number; isWhole: () => boolean };

/**
 * Opens connections until everything is there, with pauses between them.
 *
 * @throws SandboxError ENVIRONMENT_NOT_FOUND, ENVIRONMENT_UNAVAILABLE; whatever no other connection would mend
 */
export async function resumeUntilComplete({ once, reached, isWhole }: Connection, deps: RetryDeps): Promise<void> {
  for (let failures = 0; ; ) {
    const before = reached();
    const broken = await attempt(once, isWhole);
    if (broken === undefined) return;
    failures = failuresAfter(failures, reached() - before, downloadPolicy);
    await pause(failures, broken, reached(), deps);
  }
}

/** What broke it; undefined where nothing is missing, even if the connection broke after the last byte. */
async function attempt(once: () => Promise<void>, isWhole: () => boolean): Promise<unknown> {
  try {
    await once();
  } catch (error) {
    if (error instanceof SandboxError) throw error;
    if (isWhole()) return undefined;
    if (error instanceof StorageError && error.kind !== 'unavailable')
      throw translateStorageError(error, 'environment');
    throwIfLocal(error);
    return error;
  }
  return isWhole() ? undefined : new Error('the connection ended too early');
}

async function pause(failures: number, broken: unknown, reached: number, deps: RetryDeps): Promise<void> {
  const reason = redact(broken instanceof Error ? broken.message : String(broken));
  const milliseconds = pauseAfter(failures, deps.random(), downloadPolicy);
  if (milliseconds === undefined) {
    const message = `the environment did not arrive after ${failures} attempts: ${reason}`;
    throw new SandboxError('ENVIRONMENT_UNAVAILABLE', message, { bytes: reached }, broken);
  }
  deps.info(`download broke off at byte ${reached} (${reason}), going on`);
  await deps.sleep(milliseconds);
}

/** A full disk is no reason to ask the server again. @throws SandboxError WORK_DIR_UNUSABLE */
function throwIfLocal(error: unknown): void {
  const { message, code = '' } = error as NodeJS.ErrnoException;
  if (!['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG', 'EBADF', 'EROFS'].includes(code)) return;
  throw new SandboxError('WORK_DIR_UNUSABLE', `cannot write the work dir: ${message}`, { errno: code }, error);
}
