import { backoff } from '../values/retry.ts';

/** Bytes of an object from `start` up to `end`, exclusive. */
export type ByteRange = { start: number; end: number };

const RANGE_BYTES = 32 * 1024 * 1024;
/** One connection to Cloud Storage reaches about 100 MB/s; a machine of a few cores gains nothing from more than 8. */
export const MAX_CONNECTIONS = 8;

/** The ranges to fetch an object in. One range means one connection. */
export function rangesOf(bytes: number, rangeBytes = RANGE_BYTES): ByteRange[] {
  const count = Math.max(1, Math.ceil(bytes / rangeBytes));
  return Array.from({ length: count }, (_, index) => ({
    start: index * rangeBytes,
    end: Math.min(bytes, (index + 1) * rangeBytes),
  }));
}

/** Number of bytes received without a gap. @param received bytes of each range, in order */
export function contiguousBytes(ranges: readonly ByteRange[], received: readonly number[]): number {
  let frontier = 0;
  for (const [index, { start, end }] of ranges.entries()) {
    frontier = start + (received[index] ?? 0);
    if (frontier < end) break;
  }
  return frontier;
}

/** Attempts in a row without progress before a download is given up. */
const ATTEMPTS = 7;
const PAUSE_MS = { first: 100, longest: 5_000 };
/** An attempt with this many bytes resets the count, because a large tar may break often and still arrive. */
const PROGRESS_BYTES = 8 * 1024 * 1024;

/** Failures in a row, after one more attempt that brought `gained` bytes. */
export function failuresAfter(failures: number, gained: number): number {
  return gained >= PROGRESS_BYTES ? 1 : failures + 1;
}

/** Milliseconds to wait; undefined after the last attempt. @param random 0 to 1 */
export function pauseAfter(failures: number, random: number): number | undefined {
  return failures >= ATTEMPTS ? undefined : backoff(failures, PAUSE_MS, random);
}
