import type { Assignment } from './assignment.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** Longer than a rollout can be silent: when the quota's window is used up, its next claims come a window later. */
const SILENCE_MS = 90_000;

/**
 * Whether another process is launching a fleet for the first time just now, as the fleet's newest claims tell. What is tried
 * again tells nothing: in an outage that goes on for hours, and nobody who is new would have a turn.
 */
export function isRolledOutElsewhere(
  assignments: Iterable<Assignment>,
  owner: string,
  { claimSeconds }: Pick<RetryPolicy, 'claimSeconds'>,
  now: Date,
): boolean {
  const since = now.getTime() - SILENCE_MS;
  for (const { owner: claimant, notAfter, launchAttempt, unlaunched } of assignments) {
    const isFirst = launchAttempt === 1 && unlaunched === 0;
    if (claimant === null || claimant === owner || notAfter === null || !isFirst) continue;
    if (Date.parse(notAfter) - claimSeconds * 1000 > since) return true;
  }
  return false;
}
