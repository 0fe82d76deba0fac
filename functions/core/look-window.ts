import type { RetryPolicy } from './retry-policy.ts';

const DAY_MS = 86_400_000;

export type LookWindow = {
  /** Executions created after this are looked at, */
  since: Date;
  /** and those after this are not decided about: their launcher may record them yet. */
  until: Date;
  /** Where the next look begins, if this one sees everything. */
  next: Date;
};

/**
 * Each look goes over the end of the last once more, so that what that could not decide is decided; none goes back longer than
 * a day.
 *
 * @param undecidedSince where the last look said that the next begins; undefined where there was none.
 */
export function lookWindow(
  undecidedSince: Date | undefined,
  everySeconds: number,
  { claimSeconds, claimMarginSeconds }: RetryPolicy,
  now: Date,
): LookWindow {
  const undecided = (claimSeconds + claimMarginSeconds) * 1000;
  const earliest = dayBefore(now).getTime();
  return {
    since: new Date(Math.max(earliest, undecidedSince?.getTime() ?? earliest)),
    until: new Date(now.getTime() - undecided),
    next: new Date(now.getTime() - Math.max(everySeconds * 1000, undecided)),
  };
}

/** What was found of executions is told until they are a day old. */
export function dayBefore(now: Date): Date {
  return new Date(now.getTime() - DAY_MS);
}
