/** A piece of an object: its bytes from `start` up to, and without, `end`. */
export type ByteRange = { start: number; end: number };

export const RANGE_BYTES = 32 * 1024 * 1024;
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
export function frontierOf(ranges: readonly ByteRange[], received: readonly number[]): number {
  let frontier = 0;
  for (const [index, { start, end }] of ranges.entries()) {
    frontier = start + (received[index] ?? 0);
    if (frontier < end) break;
  }
  return frontier;
}
