import { VerifiedArchive } from '../../core/sandbox/archive/verified-archive.ts';
import { SandboxError } from '../../core/sandbox/errors.ts';
import { type ArchiveFile, type Source, type SourceStat, StorageError } from '../../ports/sandbox.ts';
import { abortable, handleSignals } from './abortable.ts';
import { download, tooLarge } from './download/download.ts';
import type { Run } from './phases.ts';
import type { Pin } from './resolve-pin.ts';
import { translateStorageError } from './storage-errors.ts';

/**
 * Stats, downloads while hashing, compares, unpacks, commits; in this order. After an error the work dir is as before.
 *
 * @throws SandboxError, ArchiveError, DigestMismatchError
 */
export async function installEnvironment<File extends ArchiveFile>(
  pin: Pin,
  { options, findings, phases, deps }: Run<File>,
): Promise<void> {
  const maxBytes = options.maxEnvironmentBytes;
  const unlessStopped = <T>(step: Promise<T>) => abortable(deps.shutdownSignal, step);
  const source = await deps.openSource(pin.url);
  const stat = await phases.run('stat', () => unlessStopped(statOf(source, maxBytes)));
  findings.generation = stat.generation;
  try {
    const file = deps.workspace.open();
    const transfer = { source, stat, file, maxBytes };
    const archive = await phases.run('download', () => unlessStopped(download(transfer, deps)));
    findings.bytes = archive.bytes;
    findings.digest = archive.digest;
    const verified = VerifiedArchive.verify(archive, pin.digest);
    // Awaited to its end even after a signal, because it would write into a directory that is being removed.
    const unpacking = phases.run('unpack', () => deps.workspace.unpack(verified, { maxBytes }));
    await unpacking.finally(() => handleSignals(deps));
    deps.workspace.commit();
  } finally {
    deps.workspace.cleanup();
  }
}

async function statOf(source: Source, maxBytes: number): Promise<SourceStat> {
  const stat = await source.stat().catch((error: unknown) => {
    throw error instanceof StorageError ? translateStorageError(error, 'environment') : error;
  });
  if (stat.contentEncoding !== null) throw encoded(stat.contentEncoding);
  if (stat.bytes !== null && stat.bytes > maxBytes) throw tooLarge(String(stat.bytes), maxBytes);
  return stat;
}

function encoded(contentEncoding: string): SandboxError {
  const message =
    `the environment is stored with contentEncoding ${contentEncoding}: it would be decoded on the way, and what ` +
    'arrives could not hash to the digest of what is stored. Upload it without a contentEncoding';
  return new SandboxError('ENVIRONMENT_ENCODED', message, { contentEncoding });
}
