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

/** A function lives less than this, so an older reconcile has died. */
const ROLLOUT_TTL_MS = 900_000;

export function withRollout(state: ReconcileState, rollout: ActiveRollout, now: Date): ReconcileState {
  const rollouts = state.rollouts.filter(({ startedAt }) => ageOf(startedAt, now) < ROLLOUT_TTL_MS);
  return { ...state, rollouts: [...rollouts, rollout] };
}

/** Undefined if the owner has no rollout. */
export function withoutRollout(state: ReconcileState, owner: string): ReconcileState | undefined {
  const rollouts = state.rollouts.filter((rollout) => rollout.owner !== owner);
  return rollouts.length === state.rollouts.length ? undefined : { ...state, rollouts };
}

/** Counts expire, because a removed runtime is never counted again. */
const COUNT_TTL_MS = 3_600_000;
/** Unchanged counts are rewritten after this time, before they expire. */
const COUNT_REFRESH_MS = 600_000;

/** The unexpired counts of runtimes that this invocation has not counted itself. */
export function runningElsewhere(
  states: readonly ReconcileState[],
  isCounted: (runtime: string) => boolean,
  now: Date,
): LocationCounts[] {
  return states
    .filter(({ runtime, countedAt }) => !isCounted(runtime) && ageOf(countedAt, now) < COUNT_TTL_MS)
    .map(({ running }) => running);
}

export function isCountCurrent(state: ReconcileState, running: LocationCounts, now: Date): boolean {
  const isEmpty = Object.keys(running).length === 0 && Object.keys(state.running).length === 0;
  if (isEmpty) return true;
  return ageOf(state.countedAt, now) < COUNT_REFRESH_MS && isSameCount(state.running, running);
}

function isSameCount(a: LocationCounts, b: LocationCounts): boolean {
  const locations = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...locations].every((location) => (a[location] ?? 0) === (b[location] ?? 0));
}

function ageOf(time: string | null, now: Date): number {
  return time === null ? Number.POSITIVE_INFINITY : now.getTime() - Date.parse(time);
}
