import { type Assignment, assignedNow, type PlannedAssignment } from '../records/assignment.ts';
import type { RetryPolicy } from './backoff.ts';

/** The right to call `jobs.run` once, until `notAfter`; written by CAS before the call. */
export function claim(
  next: PlannedAssignment,
  launchId: string,
  owner: string,
  policy: RetryPolicy,
  now: Date,
): Assignment {
  return {
    ...assignedNow(next, now),
    launchId,
    owner,
    notAfter: new Date(now.getTime() + policy.claimSeconds * 1000).toISOString(),
    execution: null,
    outcome: null,
    reason: null,
    retryAt: null,
    updatedAt: now.toISOString(),
  };
}

/** Until then the claim's owner may still call `jobs.run`. */
export function isClaimValid({ notAfter }: Assignment, now: Date): boolean {
  return notAfter !== null && now.getTime() < Date.parse(notAfter);
}

/** From then on an execution that carries the launch id would be visible: not finding one means there is none. */
export function isClaimExpired({ notAfter }: Assignment, policy: RetryPolicy, now: Date): boolean {
  return notAfter !== null && now.getTime() >= Date.parse(notAfter) + policy.claimMarginSeconds * 1000;
}
