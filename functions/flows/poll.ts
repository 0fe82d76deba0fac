import type { Clock } from '../ports/system.ts';

/** Between two looks, in milliseconds; `signal`: the wait ends early where it is aborted. */
export type Pace = { firstPause: number; longestPause: number; signal?: AbortSignal };

const DEFAULT_PACE: Pace = { firstPause: 300, longestPause: 3_000 };
const GROWTH = 1.15;
/** A cloud that does not answer this often in a row is not only busy. */
const MAX_FAILURES = 5;

/**
 * Looks again and again until what was seen is the end, or the deadline has passed; then `last` is what was seen last. The
 * pauses grow to three seconds, because a rollout takes seconds or hours.
 */
export async function poll<T>(
  look: () => Promise<T>,
  isEnd: (seen: T) => boolean,
  { clock, deadline, pace = DEFAULT_PACE }: { clock: Clock; deadline: Date; pace?: Pace | undefined },
  onSeen: (seen: T) => void,
): Promise<{ ended: boolean; last: T }> {
  for (let pause = pace.firstPause; ; pause = Math.min(pause * GROWTH, pace.longestPause)) {
    const last = await persistently(look, clock);
    onSeen(last);
    if (isEnd(last)) return { ended: true, last };
    const left = deadline.getTime() - clock.now().getTime();
    if (left <= 0 || pace.signal?.aborted) return { ended: false, last };
    await clock.sleep(Math.min(pause, left));
  }
}

async function persistently<T>(look: () => Promise<T>, clock: Clock): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await look();
    } catch (error) {
      if (failures === MAX_FAILURES) throw error;
      await clock.sleep(DEFAULT_PACE.firstPause * failures);
    }
  }
}
