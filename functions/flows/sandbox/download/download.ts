import type { HashedArchive } from '../../../core/sandbox/archive/verified-archive.ts';
import { rangesOf } from '../../../core/sandbox/download.ts';
import { SandboxError } from '../../../core/sandbox/errors.ts';
import type { ArchiveFile, ByteSink, Source, SourceStat } from '../../../ports/sandbox.ts';
import { progress } from './progress.ts';
import { downloadRanges } from './ranges.ts';
import { type DownloadDeps, resumeUntilComplete } from './retry.ts';

/**
 * Downloads an environment into `file`, which hashes while it is written. A large object uses several connections if its
 * source serves ranges. A broken connection is resumed at the byte it reached.
 *
 * @throws SandboxError ENVIRONMENT_TOO_LARGE, ENVIRONMENT_NOT_FOUND, ENVIRONMENT_UNAVAILABLE
 */
export async function download<File extends ArchiveFile>(
  source: Source,
  stat: SourceStat,
  file: File,
  maxBytes: number,
  deps: DownloadDeps,
): Promise<HashedArchive<File>> {
  const ranges = source.givesRanges && stat.bytes !== null ? rangesOf(stat.bytes) : [];
  const bytes =
    ranges.length > 1
      ? await downloadRanges(source, stat, file, ranges, deps)
      : await downloadStream(source, stat, file, maxBytes, deps);
  return { file, bytes, digest: await file.digest() };
}

/** Counts the received bytes against the limit. Attack: a header can claim any size. */
async function downloadStream(
  source: Source,
  stat: SourceStat,
  file: ArchiveFile,
  maxBytes: number,
  deps: DownloadDeps,
): Promise<number> {
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

export function tooLarge(got: string, maxBytes: number): SandboxError {
  const message = `the environment has ${got} bytes; --max-environment-bytes is ${maxBytes}`;
  return new SandboxError('ENVIRONMENT_TOO_LARGE', message, { expected: `at most ${maxBytes}`, actual: got });
}
