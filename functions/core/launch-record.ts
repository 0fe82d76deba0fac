import * as v from 'valibot';
import { count, digest, formatVersion, identifier, revision, timestamp } from './record.ts';

/** `launches/<runtime>/<tenant>/<launchId>.json`: the execution that `jobs.run` returned for a claim. */
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
});
export type LaunchRecord = v.InferOutput<typeof launchRecordSchema>;
