import type { RetryPolicy } from './retry-policy.ts';

const DAY_MS = 86_400_000;

/** Which executions a look is about: created after `since`; and those after `until` may be recorded by their launcher yet. */
export type LookWindow = { since: Date; until: Date };

/**
 * From well before the last look, so that what it could not decide is decided now, but not longer than a day ago.
 *
 * @param last when the last look was; undefined where there was none.
 */
export function lookWindow(
  last: Date | undefined,
  everySeconds: number,
  { claimSeconds, claimMarginSeconds }: RetryPolicy,
  now: Date,
): LookWindow {
  const undecided = (claimSeconds + claimMarginSeconds) * 1000;
  const again = Math.max(everySeconds * 1000, undecided);
  const earliest = dayBefore(now).getTime();
  return {
    since: new Date(last === undefined ? earliest : Math.max(earliest, last.getTime() - again)),
    until: new Date(now.getTime() - undecided),
  };
}

/** What was found of executions is told until they are a day old. */
export function dayBefore(now: Date): Date {
  return new Date(now.getTime() - DAY_MS);
}
