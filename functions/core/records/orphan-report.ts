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

/** `orphans/<runtime>.json`: what belongs to a fleet only by half, as the last look at Cloud Run found it. */
export const orphanReportSchema = v.object({
  formatVersion,
  runtime: identifier,
  lookedAt: timestamp,
  /** Place → the next look begins there with executions created after this. */
  undecidedSince: v.record(v.string(), timestamp),
  /** Registered tenants whose job does not exist: nobody can launch them. */
  jobless: listOf(identifier),
  /** Executions of the last day that nobody launched, or that run for a tenant who is registered no more; at least so many. */
  executions: listOf(orphanedExecution),
  /** `projects/P/locations/R` whose lists could not be had, so that nothing is known of it. */
  unseen: listOf(v.string()),
});
export type OrphanReport = v.InferOutput<typeof orphanReportSchema>;
