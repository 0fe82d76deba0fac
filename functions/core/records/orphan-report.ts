import * as v from 'valibot';
import { count, formatVersion, identifier, timestamp } from '../values/schemas.ts';

const orphanedExecution = v.object({
  execution: v.string(),
  tenant: identifier,
  createdAt: timestamp,
  why: v.string(),
});
export type OrphanedExecution = v.InferOutput<typeof orphanedExecution>;

const listOf = <const S extends v.GenericSchema>(item: S) => v.object({ total: count, first: v.array(item) });

/** `orphans/<runtime>.json`: the findings of the last scan of Cloud Run. */
export const orphanReportSchema = v.object({
  formatVersion,
  runtime: identifier,
  lookedAt: timestamp,
  /** By location: the next scan starts with executions created after this time. */
  undecidedSince: v.record(v.string(), timestamp),
  /** Registered tenants whose job does not exist, so that launches fail. */
  jobless: listOf(identifier),
  /** Executions of the last 24 h without a launch record, or of an unregistered tenant; `total` is a lower bound. */
  executions: listOf(orphanedExecution),
  /** `projects/P/locations/R` whose lists failed. */
  unseen: listOf(v.string()),
});
export type OrphanReport = v.InferOutput<typeof orphanReportSchema>;
