import { type Assignment, isUnderWay, type Reason, restingAdoption } from '../records/assignment.ts';
import { type RetryPolicy, retryTime } from './backoff.ts';

/** A launch that proved nothing: due again after a pause, until the attempts are used up. */
export function failAttempt(assignment: Assignment, reason: Reason, policy: RetryPolicy, now: Date): Assignment {
  if (assignment.launchAttempt >= policy.maxAttempts)
    return { ...assignment, unlaunched: 0, adoption: 'FAILED', reason, retryAt: null };
  return {
    ...idle(assignment, reason),
    unlaunched: 0,
    retryAt: retryTime(policy, assignment.launchAttempt, now).toISOString(),
  };
}

/** A run that was locked down was no attempt: it is due again later, as often as it takes. */
export function postpone(assignment: Assignment, reason: Reason, policy: RetryPolicy, now: Date): Assignment {
  if (!isUnderWay(assignment)) return assignment;
  return { ...idle(uncounted(assignment), reason), unlaunched: 0, retryAt: retryTime(policy, 1, now).toISOString() };
}

/**
 * The launch came to nothing that ever ran, and the tenant is not to blame: an outage uses up nobody's attempts, however long
 * it lasts. Each pause is longer than the last, up to the cap.
 */
export function neverRan(assignment: Assignment, reason: Reason, policy: RetryPolicy, now: Date): Assignment {
  const unlaunched = assignment.unlaunched + 1;
  const retryAt = retryTime(policy, unlaunched, now).toISOString();
  return { ...idle(uncounted(assignment), reason), unlaunched, retryAt };
}

/** Nothing was launched for this claim, and nobody is to blame: due again as soon as there is a launch time. */
export function giveBack(assignment: Assignment, reason: Reason): Assignment {
  return { ...idle(uncounted(assignment), reason), retryAt: null };
}

function uncounted(assignment: Assignment): Assignment {
  return { ...assignment, launchAttempt: Math.max(0, assignment.launchAttempt - 1) };
}

function idle(assignment: Assignment, reason: Reason): Assignment {
  return { ...assignment, adoption: restingAdoption(assignment), reason };
}
