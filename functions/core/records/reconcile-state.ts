import * as v from 'valibot';
import { count, FORMAT_VERSION, formatVersion, identifier, timestamp } from '../values/schemas.ts';

/** Running executions by location, `projects/P/locations/R`. */
export type LocationCounts = Readonly<Record<string, number>>;

/** `reconciles/<runtime>.json`: state that concurrent reconciles share, also those of other runtimes. */
export const reconcileStateSchema = v.object({
  formatVersion,
  runtime: identifier,
  /** Reconciles of the whole fleet that make first launches. Each removes itself when it ends. */
  rollouts: v.array(v.object({ owner: v.string(), startedAt: timestamp, locations: v.array(v.string()) })),
  /** Active executions by location, as the newest reconcile counted them. */
  running: v.record(v.string(), count),
  countedAt: v.nullable(timestamp),
});
export type ReconcileState = v.InferOutput<typeof reconcileStateSchema>;
export type ActiveRollout = ReconcileState['rollouts'][number];

export function newReconcileState(runtime: string): ReconcileState {
  return { formatVersion: FORMAT_VERSION, runtime, rollouts: [], running: {}, countedAt: null };
}
