import { type Assignment, isInFlight } from '../records/assignment.ts';
import { reason } from '../values/reason.ts';

const CODE = 'EVIDENCE_UNAVAILABLE';
/** Shorter outages and IAM changes end without an operator. */
const UNAVAILABLE_AFTER_MS = 600_000;

/**
 * Adds the reason why Cloud Run could not be read, once that has lasted for 10 minutes; the same object before. The adoption
 * stays, because an unreadable run is neither proved nor failed.
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
