import type { HashedArchive } from '../../core/archive/verified-archive.ts';
import { downloadPolicy, failuresAfter, pauseAfter } from '../../core/sandbox/download-plan.ts';
import { redact } from '../../core/sandbox/redact.ts';
import { SandboxError } from '../../core/sandbox/sandbox-error.ts';
import type { ArchiveFile, ByteSink, SandboxDeps, Source, SourceStat } from '../../ports/sandbox.ts';
import { StoreFault } from '../../ports/sandbox.ts';
import { storageFailure } from './storage-failure.ts';

export type DownloadDeps = Pick<SandboxDeps<ArchiveFile>, 'sleep' | 'random' | 'elapsed' | 'say'>;

type Transfer = { received: number; saidAt: number };

/** What is quiet for longer looks stuck. */
const SAY_EVERY_MS = 5_000;

/**
 * Brings an environment into `file`, which is hashed while it is written. A connection that breaks is taken up at the byte it reached.
 *
 * @throws SandboxError ENVIRONMENT_TOO_LARGE, ENVIRONMENT_ENCODED, ENVIRONMENT_NOT_FOUND, ENVIRONMENT_UNAVAILABLE
 */
export async function download<File extends ArchiveFile>(
  source: Source,
  stat: SourceStat,
  file: File,
  maxBytes: number,
  deps: DownloadDeps,
): Promise<HashedArchive<File>> {
  const transfer: Transfer = { received: 0, saidAt: deps.elapsed() };
  for (let failures = 0; ; ) {
    const before = transfer.received;
    const broken = await transferOnce(source, stat, file, maxBytes, transfer, deps);
    if (broken === undefined) break;
    failures = failuresAfter(failures, transfer.received - before, downloadPolicy);
    await pause(failures, broken, transfer, deps);
  }
  return { file, bytes: transfer.received, digest: await file.digest() };
}

/** One connection. Resolves to what broke it; undefined where everything has come. */
async function transferOnce(
  source: Source,
  stat: SourceStat,
  file: ArchiveFile,
  maxBytes: number,
  transfer: Transfer,
  deps: DownloadDeps,
): Promise<unknown> {
  const sink: ByteSink = {
    begin: (start) => {
      if (start !== transfer.received) restart(file, transfer);
    },
    take: (chunk) => take(chunk, file, maxBytes, transfer, stat, deps),
  };
  try {
    await source.read(stat, transfer.received, sink);
  } catch (error) {
    if (error instanceof SandboxError) throw error;
    if (hasAll(transfer, stat)) return undefined;
    if (error instanceof StoreFault && error.kind !== 'unavailable') throw storageFailure(error, 'environment');
    if (isLocal(error)) throw error;
    return error;
  }
  if (stat.bytes === null || hasAll(transfer, stat)) return undefined;
  return new Error(`the connection ended after ${transfer.received} of ${stat.bytes} bytes`);
}

/** A connection that breaks after the last byte has brought everything; what came besides, the digest will tell. */
function hasAll({ received }: Transfer, { bytes }: SourceStat): boolean {
  return bytes !== null && received >= bytes;
}

/** The server began again from the first byte. */
function restart(file: ArchiveFile, transfer: Transfer): void {
  file.restart();
  transfer.received = 0;
}

/** The cap is counted here, on what has really come: a header can say anything. */
function take(
  chunk: Uint8Array,
  file: ArchiveFile,
  maxBytes: number,
  transfer: Transfer,
  stat: SourceStat,
  deps: DownloadDeps,
): void {
  transfer.received += chunk.length;
  if (transfer.received > maxBytes) throw tooLarge(`more than ${maxBytes}`, maxBytes);
  file.append(chunk);
  if (deps.elapsed() - transfer.saidAt < SAY_EVERY_MS) return;
  transfer.saidAt = deps.elapsed();
  deps.say(`downloaded ${transfer.received} of ${stat.bytes ?? 'unknown'} bytes`);
}

async function pause(failures: number, broken: unknown, transfer: Transfer, deps: DownloadDeps): Promise<void> {
  const reason = redact(broken instanceof Error ? broken.message : String(broken));
  const milliseconds = pauseAfter(failures, deps.random(), downloadPolicy);
  if (milliseconds === undefined) {
    const message = `the environment did not arrive after ${failures} attempts: ${reason}`;
    throw new SandboxError('ENVIRONMENT_UNAVAILABLE', message, { bytes: transfer.received }, broken);
  }
  deps.say(`download broke off at byte ${transfer.received} (${reason}), going on`);
  await deps.sleep(milliseconds);
}

export function tooLarge(got: string, maxBytes: number): SandboxError {
  const message = `the environment has ${got} bytes; --max-environment-bytes is ${maxBytes}`;
  return new SandboxError('ENVIRONMENT_TOO_LARGE', message, { expected: `at most ${maxBytes}`, actual: got });
}

/** A full disk is no reason to ask the server again. */
function isLocal(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG', 'EBADF'].includes((error as NodeJS.ErrnoException).code ?? '');
}
