import type { RetryPolicy } from '../launch/backoff.ts';

const DAY_MS = 86_400_000;

/**
 * Start of a location's scan: its oldest undecided execution, at most 24 h ago.
 *
 * @param undecidedSince from the last scan's report; undefined without one.
 */
export function scanStart(undecidedSince: string | undefined, now: Date): Date {
  const earliest = dayBefore(now).getTime();
  return new Date(Math.max(earliest, undecidedSince === undefined ? earliest : Date.parse(undecidedSince)));
}

/** Younger executions are skipped, because their launcher may still record them. */
export function decidableUntil({ claimSeconds, claimMarginSeconds }: RetryPolicy, now: Date): Date {
  return new Date(now.getTime() - (claimSeconds + claimMarginSeconds) * 1000);
}

/** Start of the next scan: it covers the last interval again, because lists may lag. */
export function nextScanStart(everySeconds: number, policy: RetryPolicy, now: Date): Date {
  return new Date(Math.min(now.getTime() - everySeconds * 1000, decidableUntil(policy, now).getTime()));
}

/** Findings about executions expire 24 h after their creation. */
export function dayBefore(now: Date): Date {
  return new Date(now.getTime() - DAY_MS);
}
