import type { HashedArchive } from '../../../core/sandbox/archive/verified-archive.ts';
import { type ByteRange, contiguousBytes, MAX_CONNECTIONS, rangesOf } from '../../../core/sandbox/download.ts';
import { SandboxError } from '../../../core/sandbox/errors.ts';
import type { ArchiveFile, ByteSink, Source, SourceStat } from '../../../ports/sandbox.ts';
import { type DownloadDeps, resumeUntilComplete } from './retry.ts';

/** `stat` selects the generation of the source; the file gets at most `maxBytes`. */
export type Transfer<File extends ArchiveFile = ArchiveFile> = {
  source: Source;
  stat: SourceStat;
  file: File;
  maxBytes: number;
};

/**
 * Downloads an environment into `file`, which hashes while it is written. A large object uses several connections if its
 * source serves ranges. A broken connection is resumed at the byte it reached.
 *
 * @throws SandboxError ENVIRONMENT_TOO_LARGE, ENVIRONMENT_NOT_FOUND, ENVIRONMENT_UNAVAILABLE
 */
export async function download<File extends ArchiveFile>(
  transfer: Transfer<File>,
  deps: DownloadDeps,
): Promise<HashedArchive<File>> {
  const { source, stat, file } = transfer;
  const ranges = source.givesRanges && stat.bytes !== null ? rangesOf(stat.bytes) : [];
  const bytes = ranges.length > 1 ? await downloadRanges(transfer, ranges, deps) : await downloadStream(transfer, deps);
  return { file, bytes, digest: await file.digest() };
}

/** Counts the received bytes against the limit. Attack: a header can claim any size. */
async function downloadStream({ source, stat, file, maxBytes }: Transfer, deps: DownloadDeps): Promise<number> {
  let received = 0;
  let isEnded = false;
  const report = progress(stat.bytes, deps);
  const sink: ByteSink = {
    begin: (start) => {
      if (start === received) return;
      file.restart();
      received = 0;
    },
    take: (chunk) => {
      if (received + chunk.length > maxBytes) throw tooLarge(`more than ${maxBytes}`, maxBytes);
      file.write(chunk, received);
      received += chunk.length;
      file.reached(received);
      report(received);
    },
  };
  const attempt = async () => {
    await source.read(stat, { start: received, end: null }, sink);
    isEnded = true;
  };
  const isComplete = () => (stat.bytes === null ? isEnded : received >= stat.bytes);
  await resumeUntilComplete({ attempt, offset: () => received, isComplete }, deps);
  return received;
}

/**
 * Fetches the ranges of one generation over several connections, in order, so that the hash can follow.
 *
 * @returns the number of bytes received
 * @throws SandboxError; the other connections end at their next byte, because the file is closed
 */
export async function downloadRanges(
  transfer: Omit<Transfer, 'maxBytes'>,
  ranges: readonly ByteRange[],
  deps: DownloadDeps,
): Promise<number> {
  const received = ranges.map(() => 0);
  const report = progress(transfer.stat.bytes, deps);
  const waiting = [...ranges.entries()];
  const advance = (index: number, bytes: number) => {
    received[index] = (received[index] as number) + bytes;
    transfer.file.reached(contiguousBytes(ranges, received));
    report(received.reduce((sum, part) => sum + part, 0));
  };
  const connect = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, range] = next;
      await fetchRange(transfer, range, (bytes) => advance(index, bytes), deps);
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_CONNECTIONS, ranges.length) }, connect));
  return received.reduce((sum, part) => sum + part, 0);
}

async function fetchRange(
  { source, stat, file }: Omit<Transfer, 'maxBytes'>,
  { start, end }: ByteRange,
  advance: (bytes: number) => void,
  deps: DownloadDeps,
): Promise<void> {
  let position = start;
  const sink: ByteSink = {
    begin: (at) => {
      if (at === position) return;
      throw new SandboxError('ENVIRONMENT_UNAVAILABLE', `asked for bytes from ${position}, got bytes from ${at}`);
    },
    take: (chunk) => {
      const part = chunk.length > end - position ? chunk.subarray(0, end - position) : chunk;
      file.write(part, position);
      position += part.length;
      advance(part.length);
    },
  };
  const attempt = () => source.read(stat, { start: position, end }, sink);
  await resumeUntilComplete({ attempt, offset: () => position, isComplete: () => position >= end }, deps);
}

const REPORT_EVERY_MS = 5_000;

/** Logs the progress of a download every 5 s. @param bytes the object's size; null if unknown */
function progress(bytes: number | null, { elapsed, info }: DownloadDeps): (received: number) => void {
  let reportedAt = elapsed();
  return (received) => {
    if (elapsed() - reportedAt < REPORT_EVERY_MS) return;
    reportedAt = elapsed();
    info(`downloaded ${received} of ${bytes ?? 'unknown'} bytes`);
  };
}

export function tooLarge(got: string, maxBytes: number): SandboxError {
  const message = `the environment has ${got} bytes; --max-environment-bytes is ${maxBytes}`;
  return new SandboxError('ENVIRONMENT_TOO_LARGE', message, { expected: `at most ${maxBytes}`, actual: got });
}
