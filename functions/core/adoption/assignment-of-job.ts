import { type Assignment, isInFlight } from '../records/assignment.ts';
import { isVerdict } from '../values/adoption.ts';
import { isSameJob } from '../values/job-name.ts';

/**
 * The assignment without the proof and run of another job; the same object if both are of this job. A launch in flight is
 * kept, because it is evaluated by its own job.
 */
export function assignmentOfJob(assignment: Assignment, job: string): Assignment {
  if (isInFlight(assignment)) return assignment;
  const { execution, proof } = assignment;
  const ownProof = proof !== null && isSameJob(proof.execution, job) ? proof : null;
  if (execution !== null && !isSameJob(execution, job)) return withoutRun({ ...assignment, proof: ownProof });
  if (ownProof === proof) return assignment;
  return { ...assignment, proof: null, adoption: isVerdict(assignment.adoption) ? assignment.adoption : 'NEVER_RAN' };
}

function withoutRun(assignment: Assignment): Assignment {
  const adoption = assignment.proof === null ? 'NEVER_RAN' : 'STALE';
  const nothing = { execution: null, outcome: null, reason: null, retryAt: null };
  return { ...assignment, ...nothing, adoption, launchAttempt: 0, unlaunched: 0 };
}
