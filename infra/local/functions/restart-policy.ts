/** A process that served this long before it ended is no part of a crash loop. */
const STABLE_MS = 2_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** More than the 10 deliveries after which Pub/Sub gives up a message that crashes its function. */
const MAX_RESTARTS = 15;

/** `failures`: how often the function ended in a row without serving for 2 s. `pauseMs` undefined: it stays stopped. */
export type Restart = { failures: number; pauseMs: number | undefined };

/** When to start a function again that ended after `servedMs`, with exponential backoff. */
export function restartAfter(failures: number, servedMs: number): Restart {
  const inARow = servedMs >= STABLE_MS ? 1 : failures + 1;
  if (inARow > MAX_RESTARTS) return { failures: inARow, pauseMs: undefined };
  return { failures: inARow, pauseMs: Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (inARow - 1)) };
}
