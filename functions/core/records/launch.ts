import * as v from 'valibot';
import { assignmentSchema } from './assignment.ts';
import { count, digest, formatVersion, identifier, revision, timestamp } from './codec.ts';

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
