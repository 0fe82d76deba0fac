import * as v from 'valibot';
import { adoption } from '../values/adoption.ts';
import { outcomeSchema } from '../values/outcome.ts';
import { reasonSchema } from '../values/reason.ts';
import { count, digest, formatVersion, identifier, revision, timestamp } from '../values/schemas.ts';

/** The receipt that proved an adoption. It stays when the tenant is assigned another pin: that is how STALE is told. */
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
 * The pin that a tenant runs now, and what is known of it.
 *
 * `launchId`, `owner`, `notAfter` are the claim: a sandbox whose launch id is not this one is superseded; nobody calls
 * `jobs.run` for the claim after `notAfter`. `execution` is the newest run that a valid receipt or a launch named.
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
  /** Claims in a row that came to nothing that ever ran: no attempts, but the pause before the next grows with them. */
  unlaunched: v.optional(count, 0),
  owner: v.nullable(v.string()),
  notAfter: v.nullable(timestamp),
  execution: v.nullable(v.string()),
  adoption,
  outcome: v.nullable(outcomeSchema),
  proof: v.nullable(proofSchema),
  /** Why it is not ADOPTED, or why its workload failed. */
  reason: v.nullable(reasonSchema),
  /** The newest earlier revision that the tenant passed: where an operator can roll back to. */
  lastGood: v.optional(revision),
  /** Executions of earlier pins that run on (`running: leave`), the newest first; they count against the running cap. */
  leftRunning: v.optional(v.array(v.object({ execution: v.string(), assignedAt: timestamp }))),
  retryAt: v.nullable(timestamp),
  updatedAt: timestamp,
});
export type Assignment = v.InferOutput<typeof assignmentSchema>;

/** As a plan makes it: `assignedAt` is null where the plan changes the revision, and the write sets it. */
export type PlannedAssignment = Omit<Assignment, 'assignedAt'> & { assignedAt: string | null };

/**
 * The assignment that is written now.
 *
 * Attack: a plan is written up to minutes later. An execution that starts in between runs the old pin and, measured by the
 * plan's time, is younger than the assignment: its workload could prove the new pin with a receipt of its own execution.
 */
export function assignedNow(planned: PlannedAssignment, now: Date): Assignment {
  return { ...planned, assignedAt: planned.assignedAt ?? now.toISOString() };
}

/** As far as the assignment tells, an execution runs for it, or is about to. */
export function isActive(assignment: Assignment): boolean {
  return isInFlight(assignment) || assignment.outcome?.state === 'RUNNING';
}

/** What a tenant is that nothing is under way for: an older proof is still one. */
export function idleAdoption({ proof }: Pick<Assignment, 'proof'>): 'NEVER_RAN' | 'STALE' {
  return proof === null ? 'NEVER_RAN' : 'STALE';
}

/** A claim is the right to launch: it is decided, and neither a verdict nor a failed attempt has ended it. */
export function isInFlight(assignment: Pick<Assignment, 'adoption'>): boolean {
  return assignment.adoption === 'LAUNCHING' || assignment.adoption === 'RUNNING';
}
