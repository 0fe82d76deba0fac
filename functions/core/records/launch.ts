import * as v from 'valibot';
import { count, digest, FORMAT_VERSION, formatVersion, identifier, revision, timestamp } from '../values/schemas.ts';
import { type Assignment, assignmentSchema } from './assignment.ts';

/**
 * `launches/<runtime>/<tenant>/<launchId>.json`: the execution that `jobs.run` returned for a claim.
 *
 * `claim` is the claimed assignment and its generation: a receipt of the launch is evaluated without a read of the
 * assignment. Absent if a reconcile found the launch by its launch id.
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

/** The record of an execution that `jobs.run` returned for a claim. */
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
