import type { Clock } from '../ports/system.ts';

/** The pauses between two reads, in milliseconds. Aborting the signal ends the wait early. */
export type Pace = { firstPause: number; longestPause: number; signal?: AbortSignal };

const DEFAULT_PACE: Pace = { firstPause: 300, longestPause: 3_000 };
const GROWTH = 1.15;
/** After this many failed reads in a row the error is thrown. */
const MAX_FAILURES = 5;

/**
 * Reads until the value is final or the deadline has passed, and returns the last value.
 *
 * The pauses grow to 3 s, because a rollout takes seconds or hours.
 */
export async function poll<T>(
  read: () => Promise<T>,
  isEnd: (seen: T) => boolean,
  { clock, deadline, pace = DEFAULT_PACE }: { clock: Clock; deadline: Date; pace?: Pace | undefined },
  onSeen: (seen: T) => void,
): Promise<{ ended: boolean; last: T }> {
  for (let pause = pace.firstPause; ; pause = Math.min(pause * GROWTH, pace.longestPause)) {
    const last = await readWithRetries(read, clock);
    onSeen(last);
    if (isEnd(last)) return { ended: true, last };
    const remaining = deadline.getTime() - clock.now().getTime();
    if (remaining <= 0 || pace.signal?.aborted) return { ended: false, last };
    await clock.sleep(Math.min(pause, remaining));
  }
}

async function readWithRetries<T>(read: () => Promise<T>, clock: Clock): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await read();
    } catch (error) {
      if (failures === MAX_FAILURES) throw error;
      await clock.sleep(DEFAULT_PACE.firstPause * failures);
    }
  }
}
