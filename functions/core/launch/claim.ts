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

const LAUNCH_ID = /^[\w./-]{1,200}$/;

/** Whether this may stand in the name of a launch's record: a receipt or an execution can say anything. */
export function isLaunchId(text: string): boolean {
  return LAUNCH_ID.test(text);
}

/**
 * The environment variables that a launch adds to the job's own. They only narrow what the sandbox may do: it reads its
 * assignment and ledger entry itself, and refuses to run where these disagree.
 */
export function launchEnv(assignment: Assignment, mode: 'run' | 'verify'): Record<string, string> {
  return {
    PINCAST_LAUNCH_ID: assignment.launchId ?? '',
    PINCAST_REVISION: String(assignment.revision),
    PINCAST_LAUNCH: mode,
    ENVIRONMENT_TAR_DIGEST: assignment.digest,
  };
}
