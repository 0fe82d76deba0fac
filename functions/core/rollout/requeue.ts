import type { RecheckRequest } from '../messages/recheck-request.ts';

/** What a reconcile was asked for, as far as its continuation needs it. */
export type RequeueRequest = {
  runtime: string;
  tenants?: readonly string[];
  relaunch: boolean;
  requestedAt?: Date;
  /** Reconciles in a row before this one that met conflicts and got nothing done. */
  conflicts?: number;
  /** Another reconcile comes by itself: the scheduler's next tick, or the next receipt's. */
  isRoutine?: boolean;
};

/** What a reconcile got done, and what is left. */
export type RequeueResult = {
  recorded: number;
  /** Calls of `jobs.run` that Cloud Run took or refused for good, or whose answer is unknown. */
  attempted: number;
  /** Launches for which quota or time was lacking. */
  pending: number;
  /** Launches that another process made, or moved to another pin. */
  conflicts: number;
  /** Launches above the cap of running executions. */
  deferred: number;
  /** Every tenant whose launch is not known to be made. */
  unconfirmed: readonly string[];
};

export type Requeue = { requests: RecheckRequest[]; pauseMs: number };

/** For the tenants of a relaunch that wait for a store or for running executions. */
const RELAUNCH_PAUSE_MS = 10_000;
const CONFLICT_PAUSE_MS = 2_000;
const MAX_CONFLICTS = 5;
/** An event may have 512 KB, and a name has 63 characters at most. */
const MAX_NAMES = 5_000;

/**
 * The messages that continue a reconcile, and the pause before them; undefined where it is done. It ends, because a tenant
 * is launched at most once per backoff, and a reconcile that only meets conflicts continues at most five times.
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
  return { requests: [{ ...rest, conflicts }], pauseMs: Math.min(leftMs, CONFLICT_PAUSE_MS * 2 ** conflicts) };
}

/** Executions that ended meanwhile asked in vain while this reconcile launched; a request for some tenants gets no receipt's. */
function afterDeferral(rest: RecheckRequest, leftMs: number): Requeue {
  if (rest.tenants === undefined) return { requests: [{ ...rest, prompted: true }], pauseMs: 0 };
  return { requests: [rest], pauseMs: Math.min(leftMs, RELAUNCH_PAUSE_MS) };
}

/** Exactly the tenants that still wait: one that was launched and failed again would be launched without end. */
function relaunchRest(
  { runtime, requestedAt }: RequeueRequest,
  { unconfirmed: open, deferred, attempted, pending }: RequeueResult,
  leftMs: number,
): Requeue | undefined {
  if (open.length === 0) return undefined;
  const parts = Math.ceil(open.length / MAX_NAMES);
  const requests = Array.from({ length: parts }, (_, part) => ({
    runtime,
    tenants: open.slice(part * MAX_NAMES, (part + 1) * MAX_NAMES),
    relaunch: true,
    ...(requestedAt && { requestedAt: requestedAt.toISOString() }),
  }));
  if (pending > 0) return { requests, pauseMs: 0 };
  const isFull = deferred > 0 && attempted === 0;
  return { requests, pauseMs: isFull ? leftMs : Math.min(leftMs, RELAUNCH_PAUSE_MS) };
}
