import type { HashedArchive } from '../../../core/sandbox/archive/verified-archive.ts';
import { rangesOf } from '../../../core/sandbox/download.ts';
import { SandboxError } from '../../../core/sandbox/errors.ts';
import type { ArchiveFile, ByteSink, Source, SourceStat } from '../../../ports/sandbox.ts';
import { progress } from './progress.ts';
import { downloadRanges } from './ranges.ts';
import { type DownloadDeps, resumeUntilComplete } from './retry.ts';

/**
 * Brings an environment into `file`, which is hashed while it is written: a large object over several connections, where
 * its source gives ranges. A connection that breaks is taken up at the byte it reached.
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

/** The cap is counted on what has really come: a header can say anything. */
async function downloadStream(
  source: Source,
  stat: SourceStat,
  file: ArchiveFile,
  maxBytes: number,
  deps: DownloadDeps,
): Promise<number> {
  let received = 0;
  let isEnded = false;
  const say = progress(stat.bytes, deps);
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
      say(received);
    },
  };
  const once = async () => {
    await source.read(stat, { start: received, end: null }, sink);
    isEnded = true;
  };
  const isWhole = () => (stat.bytes === null ? isEnded : received >= stat.bytes);
  await resumeUntilComplete({ once, reached: () => received, isWhole }, deps);
  return received;
}

export function tooLarge(got: string, maxBytes: number): SandboxError {
  const message = `the environment has ${got} bytes; --max-environment-bytes is ${maxBytes}`;
  return new SandboxError('ENVIRONMENT_TOO_LARGE', message, { expected: `at most ${maxBytes}`, actual: got });
}
