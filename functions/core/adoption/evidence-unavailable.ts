import { type Assignment, isInFlight } from '../records/assignment.ts';
import { reason } from '../values/reason.ts';

const CODE = 'EVIDENCE_UNAVAILABLE';
/** Short outages and IAM changes pass by themselves. */
const UNAVAILABLE_AFTER_MS = 600_000;

/**
 * The assignment with the reason why Cloud Run tells nothing of its run, once that has lasted for ten minutes. Its state stays:
 * unknown is never rounded. The very same object before, and where the reason stands already.
 */
export function recordUnavailable(assignment: Assignment, why: string, now: Date): Assignment {
  const since = isInFlight(assignment) ? assignment.notAfter : assignment.updatedAt;
  if (isUnavailable(assignment) || now.getTime() < Date.parse(since ?? assignment.updatedAt) + UNAVAILABLE_AFTER_MS)
    return assignment;
  return { ...assignment, reason: reason(CODE, `Cloud Run gives no evidence of the execution: ${why}`) };
}

export function isUnavailable({ reason }: Assignment): boolean {
  return reason?.code === CODE;
}
