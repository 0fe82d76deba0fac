import { type Assignment, idleAdoption, isInFlight } from '../records/assignment.ts';
import type { Reason } from '../values/reason.ts';
import { nextRetryAt, type RetryPolicy } from './backoff.ts';

/** A launch that proved nothing: due again after a pause, until the attempts are used up. */
export function failAttempt(assignment: Assignment, reason: Reason, policy: RetryPolicy, now: Date): Assignment {
  if (assignment.launchAttempt >= policy.maxAttempts)
    return { ...assignment, unlaunched: 0, adoption: 'FAILED', reason, retryAt: null };
  return {
    ...toIdle(assignment, reason),
    unlaunched: 0,
    retryAt: nextRetryAt(policy, assignment.launchAttempt, now).toISOString(),
  };
}

/** A run that was locked down was no attempt: it is due again later, as often as it takes. */
export function defer(assignment: Assignment, reason: Reason, policy: RetryPolicy, now: Date): Assignment {
  if (!isInFlight(assignment)) return assignment;
  return {
    ...toIdle(refundAttempt(assignment), reason),
    unlaunched: 0,
    retryAt: nextRetryAt(policy, 1, now).toISOString(),
  };
}

/**
 * The launch came to nothing that ever ran, and the tenant is not to blame: an outage uses up nobody's attempts, however long
 * it lasts. Each pause is longer than the last, up to the cap.
 */
export function recordLaunchFailure(
  assignment: Assignment,
  reason: Reason,
  policy: RetryPolicy,
  now: Date,
): Assignment {
  const unlaunched = assignment.unlaunched + 1;
  const retryAt = nextRetryAt(policy, unlaunched, now).toISOString();
  return { ...toIdle(refundAttempt(assignment), reason), unlaunched, retryAt };
}

/** Nothing was launched for this claim, and nobody is to blame: due again as soon as there is a launch time. */
export function releaseClaim(assignment: Assignment, reason: Reason): Assignment {
  return { ...toIdle(refundAttempt(assignment), reason), retryAt: null };
}

function refundAttempt(assignment: Assignment): Assignment {
  return { ...assignment, launchAttempt: Math.max(0, assignment.launchAttempt - 1) };
}

function toIdle(assignment: Assignment, reason: Reason): Assignment {
  return { ...assignment, adoption: idleAdoption(assignment), reason };
}
