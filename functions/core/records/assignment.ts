import * as v from 'valibot';
import { adoption } from '../values/adoption.ts';
import { outcomeSchema } from '../values/outcome.ts';
import { reasonSchema } from '../values/reason.ts';
import { count, digest, formatVersion, identifier, revision, timestamp } from '../values/schemas.ts';

/** The receipt that proved an adoption. It is kept when the tenant is assigned another pin: then the tenant is STALE. */
const proofSchema = v.object({
  revision,
  digest,
  /** Cloud Run's full name of the execution. */
  execution: v.string(),
  /** The object name of the receipt. */
  receipt: v.string(),
  adoptedAt: timestamp,
});
export type Proof = v.InferOutput<typeof proofSchema>;

/**
 * The pin that a tenant is assigned, and the state of its adoption.
 *
 * `launchId`, `owner`, `notAfter` are the claim: a sandbox with another launch id is superseded, and the owner calls
 * `jobs.run` before `notAfter` only. `execution` is the newest run that a valid receipt or a launch named.
 */
export const assignmentSchema = v.object({
  formatVersion,
  runtime: identifier,
  tenant: identifier,
  revision,
  digest,
  assignedAt: timestamp,
  launchId: v.nullable(v.string()),
  launchAttempt: count,
  /** Claims in a row without an execution. They are no attempts, but each makes the next pause longer. */
  unlaunched: v.optional(count, 0),
  owner: v.nullable(v.string()),
  notAfter: v.nullable(timestamp),
  execution: v.nullable(v.string()),
  adoption,
  outcome: v.nullable(outcomeSchema),
  proof: v.nullable(proofSchema),
  /** Why it is not ADOPTED, or why its workload failed. */
  reason: v.nullable(reasonSchema),
  /** The newest earlier revision that the tenant passed; an operator can roll back to it. */
  lastGood: v.optional(revision),
  /** Executions of earlier pins that still run (`running: leave`), newest first; they count against the running cap. */
  leftRunning: v.optional(v.array(v.object({ execution: v.string(), assignedAt: timestamp }))),
  retryAt: v.nullable(timestamp),
  updatedAt: timestamp,
});
export type Assignment = v.InferOutput<typeof assignmentSchema>;

/** A plan's assignment: `assignedAt` is null if the plan changes the revision, and the write sets it. */
export type PlannedAssignment = Omit<Assignment, 'assignedAt'> & { assignedAt: string | null };

/**
 * The planned assignment, assigned at the time of its write, also if that is a retry.
 *
 * Attack: a plan is written up to minutes after it was made. An execution that starts in between runs the old pin but is
 * younger than the plan, so with the plan's time its workload could forge a receipt for the new pin.
 */
export function assignedNow(planned: PlannedAssignment, now: Date): Assignment {
  return { ...planned, assignedAt: planned.assignedAt ?? now.toISOString() };
}

/** True if, by the assignment, an execution runs or is about to run. */
export function isActive(assignment: Assignment): boolean {
  return isInFlight(assignment) || assignment.outcome?.state === 'RUNNING';
}

/** The adoption of a tenant without a launch in flight: STALE with an older proof, else NEVER_RAN. */
export function idleAdoption({ proof }: Pick<Assignment, 'proof'>): 'NEVER_RAN' | 'STALE' {
  return proof === null ? 'NEVER_RAN' : 'STALE';
}

/** True from the claim until a verdict or a failed attempt. */
export function isInFlight(assignment: Pick<Assignment, 'adoption'>): boolean {
  return assignment.adoption === 'LAUNCHING' || assignment.adoption === 'RUNNING';
}
