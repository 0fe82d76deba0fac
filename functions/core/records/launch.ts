import * as v from 'valibot';
import { count, digest, FORMAT_VERSION, formatVersion, identifier, revision, timestamp } from '../values/schemas.ts';
import { type Assignment, assignmentSchema } from './assignment.ts';

/**
 * `launches/<runtime>/<tenant>/<launchId>.json`: the execution that `jobs.run` returned for a claim.
 *
 * `claim` is the assignment as it was claimed, and its generation: whoever judges the launch's receipt needs no read of the
 * assignment. Absent where the launch was found, not made.
 */
export const launchRecordSchema = v.object({
  formatVersion,
  runtime: identifier,
  tenant: identifier,
  launchId: v.string(),
  revision,
  digest,
  launchAttempt: count,
  execution: v.string(),
  launchedAt: timestamp,
  claim: v.optional(v.object({ generation: v.string(), assignment: assignmentSchema })),
});
export type LaunchRecord = v.InferOutput<typeof launchRecordSchema>;

/** What `jobs.run` answered for a claim. */
export function launchRecord(claimed: Assignment, execution: string, now: Date): LaunchRecord {
  const { runtime, tenant, revision, digest, launchAttempt } = claimed;
  const launchId = claimed.launchId ?? '';
  return {
    formatVersion: FORMAT_VERSION,
    runtime,
    tenant,
    launchId,
    revision,
    digest,
    launchAttempt,
    execution,
    launchedAt: now.toISOString(),
  };
}
