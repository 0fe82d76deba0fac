import type { RetryPolicy } from '../launch/backoff.ts';

const DAY_MS = 86_400_000;

/**
 * Where a look at a place begins: with what the last one there left undecided, and no longer than a day ago.
 *
 * @param undecidedSince as the last look said; undefined where there was none.
 */
export function scanStart(undecidedSince: string | undefined, now: Date): Date {
  const earliest = dayBefore(now).getTime();
  return new Date(Math.max(earliest, undecidedSince === undefined ? earliest : Date.parse(undecidedSince)));
}

/** Younger executions are not decided about: their launcher may record them yet. */
export function decidableUntil({ claimSeconds, claimMarginSeconds }: RetryPolicy, now: Date): Date {
  return new Date(now.getTime() - (claimSeconds + claimMarginSeconds) * 1000);
}

/** Where the next look begins if this one has decided all: it goes over the last period once more, for what was listed late. */
export function nextScanStart(everySeconds: number, policy: RetryPolicy, now: Date): Date {
  return new Date(Math.min(now.getTime() - everySeconds * 1000, decidableUntil(policy, now).getTime()));
}

/** What was found of executions is told until they are a day old. */
export function dayBefore(now: Date): Date {
  return new Date(now.getTime() - DAY_MS);
}
