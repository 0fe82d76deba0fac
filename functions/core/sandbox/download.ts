/** A piece of an object: its bytes from `start` up to, and without, `end`. */
export type ByteRange = { start: number; end: number };

const RANGE_BYTES = 32 * 1024 * 1024;
/** Cloud Storage gives one connection some 100 MB/s; more of them than this bring nothing on a machine of a few cores. */
export const MAX_CONNECTIONS = 8;

/** The pieces in which an object is fetched over several connections. One piece: a single connection does as well. */
export function rangesOf(bytes: number, rangeBytes = RANGE_BYTES): ByteRange[] {
  const count = Math.max(1, Math.ceil(bytes / rangeBytes));
  return Array.from({ length: count }, (_, index) => ({
    start: index * rangeBytes,
    end: Math.min(bytes, (index + 1) * rangeBytes),
  }));
}

/** Up to where everything is there, without a gap. @param received bytes of each range, in order */
export function contiguousBytes(ranges: readonly ByteRange[], received: readonly number[]): number {
  let frontier = 0;
  for (const [index, { start, end }] of ranges.entries()) {
    frontier = start + (received[index] ?? 0);
    if (frontier < end) break;
  }
  return frontier;
}

/** How often, and after what pause, a download goes on that broke off. */
export type DownloadPolicy = { attempts: number; firstPauseMs: number; maxPauseMs: number; progressBytes: number };

export const downloadPolicy: DownloadPolicy = {
  attempts: 7,
  firstPauseMs: 100,
  maxPauseMs: 5_000,
  /** An attempt that brought this much does not count: a large tar may break often and still arrive. */
  progressBytes: 8 * 1024 * 1024,
};

/** Failures in a row, after one more attempt that brought `gained` bytes. */
export function failuresAfter(failures: number, gained: number, policy: DownloadPolicy): number {
  return gained >= policy.progressBytes ? 1 : failures + 1;
}

/** Milliseconds to wait; undefined where it is enough. @param random 0 to 1 */
export function pauseAfter(failures: number, random: number, policy: DownloadPolicy): number | undefined {
  if (failures >= policy.attempts) return undefined;
  const pause = Math.min(policy.firstPauseMs * 2 ** (failures - 1), policy.maxPauseMs);
  return pause * (0.5 + random / 2);
}
