import { type ByteRange, contiguousBytes, MAX_CONNECTIONS } from '../../../core/sandbox/download.ts';
import { SandboxError } from '../../../core/sandbox/errors.ts';
import type { ArchiveFile, ByteSink, Source, SourceStat } from '../../../ports/sandbox.ts';
import { progress } from './progress.ts';
import { type DownloadDeps, resumeUntilComplete } from './retry.ts';

/**
 * Fetches the ranges of one generation over several connections, in order, so that the hash can follow.
 *
 * @returns the number of bytes received
 * @throws SandboxError; the other connections end at their next byte, because the file is closed
 */
export async function downloadRanges(
  source: Source,
  stat: SourceStat,
  file: ArchiveFile,
  ranges: readonly ByteRange[],
  deps: DownloadDeps,
): Promise<number> {
  const received = ranges.map(() => 0);
  const report = progress(stat.bytes, deps);
  const waiting = [...ranges.entries()];
  const advance = (index: number, bytes: number) => {
    received[index] = (received[index] as number) + bytes;
    file.reached(contiguousBytes(ranges, received));
    report(received.reduce((sum, part) => sum + part, 0));
  };
  const connect = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, range] = next;
      await fetchRange(source, stat, file, range, (bytes) => advance(index, bytes), deps);
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_CONNECTIONS, ranges.length) }, connect));
  return received.reduce((sum, part) => sum + part, 0);
}

async function fetchRange(
  source: Source,
  stat: SourceStat,
  file: ArchiveFile,
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
