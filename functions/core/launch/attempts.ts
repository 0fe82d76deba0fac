import { type Assignment, idleAdoption, isInFlight } from '../records/assignment.ts';
import { type Reason, reason } from '../values/reason.ts';
import { type EvaluationContext, nextRetryAt } from './retry-policy.ts';

/** Counts a failed attempt: the tenant is due after a pause, or FAILED after the last attempt. */
export function failAttempt(assignment: Assignment, reason: Reason, context: EvaluationContext): Assignment {
  const { launchAttempt } = assignment;
  if (launchAttempt >= context.policy.maxAttempts)
    return { ...assignment, unlaunched: 0, adoption: 'FAILED', reason, retryAt: null };
  return { ...toIdle(assignment, reason), unlaunched: 0, retryAt: nextRetryAt(launchAttempt, context) };
}

/** A locked-down run is not counted as an attempt: the tenant is due after a pause, without a limit. */
export function defer(assignment: Assignment, reason: Reason, context: EvaluationContext): Assignment {
  if (!isInFlight(assignment)) return assignment;
  return { ...toIdle(refundAttempt(assignment), reason), unlaunched: 0, retryAt: nextRetryAt(1, context) };
}

/**
 * The assignment after a claim without an execution. A REJECTED call counts as an attempt. DENIED and QUOTA do not, because
 * IAM grants take minutes to spread and quota is shared; their backoff grows.
 */
export function endClaim(claimed: Assignment, { code, message }: Reason, context: EvaluationContext): Assignment {
  const why = reason(`LAUNCH_${code}`, message);
  if (code === 'REJECTED') return failAttempt(claimed, why, context);
  const isRefused = code === 'QUOTA' || code === 'DENIED';
  return isRefused ? recordLaunchFailure(claimed, why, context) : releaseClaim(claimed, why);
}

/** Infrastructure failure: nothing ran, so the attempt is not counted. The backoff still grows, up to the cap. */
export function recordLaunchFailure(assignment: Assignment, reason: Reason, context: EvaluationContext): Assignment {
  const unlaunched = assignment.unlaunched + 1;
  return { ...toIdle(refundAttempt(assignment), reason), unlaunched, retryAt: nextRetryAt(unlaunched, context) };
}

/** Nothing was launched for this claim: the attempt is not counted, and the tenant is due at once. */
function releaseClaim(assignment: Assignment, reason: Reason): Assignment {
  return { ...toIdle(refundAttempt(assignment), reason), retryAt: null };
}

function refundAttempt(assignment: Assignment): Assignment {
  return { ...assignment, launchAttempt: Math.max(0, assignment.launchAttempt - 1) };
}

function toIdle(assignment: Assignment, reason: Reason): Assignment {
  return { ...assignment, adoption: idleAdoption(assignment), reason };
}
