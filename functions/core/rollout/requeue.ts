import type { RecheckRequest } from '../messages/recheck-request.ts';
import { backoff } from '../values/retry.ts';

/** The parts of a reconcile request that its continuation repeats. */
export type RequeueRequest = {
  runtime: string;
  tenants?: readonly string[];
  relaunch: boolean;
  requestedAt?: Date;
  /** Reconciles in a row before this one with conflicts and without progress. */
  conflicts?: number;
  /** The scheduler or the next receipt starts another reconcile anyway. */
  isRoutine?: boolean;
};

/** The progress of a reconcile, and its remaining launches. */
export type RequeueResult = {
  recorded: number;
  /** Calls of `jobs.run` that Cloud Run accepted or refused permanently, or whose answer is unknown. */
  attempted: number;
  /** Launches that lacked quota or time. */
  pending: number;
  /** Launches of tenants that another process launched or assigned another pin. */
  conflicts: number;
  /** Launches above the cap of running executions. */
  deferred: number;
  /** Every tenant without a confirmed launch. */
  unconfirmed: readonly string[];
};

export type Requeue = { requests: RecheckRequest[]; pauseMs: number };

/** Pause of a relaunch that waits for storage or for running executions. */
const RELAUNCH_PAUSE_MS = 10_000;
const CONFLICT_PAUSE_MS = 2_000;
const MAX_CONFLICTS = 5;
/** Eventarc accepts events of 512 KB, and a name has at most 63 characters. */
const MAX_NAMES = 5_000;

/**
 * The messages that continue a reconcile, and the pause before them; undefined if it is done. Terminates: a tenant is launched
 * at most once per backoff, and a reconcile with conflicts only continues at most 5 times.
 */
export function requeueAfter(request: RequeueRequest, result: RequeueResult, leftMs: number): Requeue | undefined {
  if (request.relaunch) return relaunchRest(request, result, leftMs);
  const { runtime, tenants, conflicts: before = 0 } = request;
  const rest = { runtime, ...(tenants && { tenants: [...tenants] }), relaunch: false };
  if (result.pending > 0) return { requests: [rest], pauseMs: 0 };
  if (result.deferred > 0 && result.attempted > 0) return afterDeferral(rest, leftMs);
  if (result.conflicts === 0 || request.isRoutine) return undefined;
  const conflicts = result.attempted + result.recorded > 0 ? 0 : before + 1;
  if (conflicts > MAX_CONFLICTS) return undefined;
  const pauseMs = backoff(conflicts + 1, { first: CONFLICT_PAUSE_MS, longest: leftMs });
  return { requests: [{ ...rest, conflicts }], pauseMs };
}

/** Executions may have ended during this reconcile. A request for some tenants waits, because no receipt continues it. */
function afterDeferral(rest: RecheckRequest, leftMs: number): Requeue {
  if (rest.tenants === undefined) return { requests: [{ ...rest, prompted: true }], pauseMs: 0 };
  return { requests: [rest], pauseMs: Math.min(leftMs, RELAUNCH_PAUSE_MS) };
}

/** Only the tenants without a launch, because a tenant that fails again would be relaunched forever. */
function relaunchRest(
  { runtime, requestedAt }: RequeueRequest,
  { unconfirmed, deferred, attempted, pending }: RequeueResult,
  leftMs: number,
): Requeue | undefined {
  if (unconfirmed.length === 0) return undefined;
  const parts = Math.ceil(unconfirmed.length / MAX_NAMES);
  const requests = Array.from({ length: parts }, (_, part) => ({
    runtime,
    tenants: unconfirmed.slice(part * MAX_NAMES, (part + 1) * MAX_NAMES),
    relaunch: true,
    ...(requestedAt && { requestedAt: requestedAt.toISOString() }),
  }));
  if (pending > 0) return { requests, pauseMs: 0 };
  const isFull = deferred > 0 && attempted === 0;
  return { requests, pauseMs: isFull ? leftMs : Math.min(leftMs, RELAUNCH_PAUSE_MS) };
}
