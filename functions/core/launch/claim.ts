import type { Assignment, PlannedAssignment } from '../records/assignment.ts';
import type { EvaluationContext, RetryPolicy } from './retry-policy.ts';

/** A claim: the right to call `jobs.run` once, until `notAfter`. It is written by CAS before the call. */
export function claim(
  next: PlannedAssignment,
  { launchId, owner }: { launchId: string; owner: string },
  { policy, now }: EvaluationContext,
): PlannedAssignment {
  return {
    ...next,
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

/** True while the claim's owner may call `jobs.run`. */
export function isClaimValid({ notAfter }: Assignment, now: Date): boolean {
  return notAfter !== null && now.getTime() < Date.parse(notAfter);
}

/**
 * The time before which no execution of the claim can have been created; clocks differ by less than the margin. It comes from
 * `notAfter`, because later writes of the claim change `updatedAt`.
 */
export function earliestExecution(notAfter: string, { claimSeconds, claimMarginSeconds }: RetryPolicy): Date {
  return new Date(Date.parse(notAfter) - (claimSeconds + claimMarginSeconds) * 1000);
}

/** True once an execution with the launch id would be visible, so that its absence proves that none was launched. */
export function isClaimExpired({ notAfter }: Assignment, { policy, now }: EvaluationContext): boolean {
  return notAfter !== null && now.getTime() >= Date.parse(notAfter) + policy.claimMarginSeconds * 1000;
}

/** Safe as part of an object name. */
const LAUNCH_ID = /^[\w./-]{1,200}$/;

/** Attack: receipts and executions may carry any launch id, also `../../guard`. */
export function isLaunchId(text: string): boolean {
  return LAUNCH_ID.test(text);
}

/**
 * The environment variables that a launch adds to the job's own. They grant nothing: the sandbox reads its assignment and
 * ledger entry itself, and refuses to run if they disagree.
 */
export function launchEnv(assignment: Assignment, mode: 'run' | 'verify'): Record<string, string> {
  return {
    PINCAST_LAUNCH_ID: assignment.launchId ?? '',
    PINCAST_REVISION: String(assignment.revision),
    PINCAST_LAUNCH: mode,
    ENVIRONMENT_TAR_DIGEST: assignment.digest,
  };
}
