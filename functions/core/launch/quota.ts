import * as v from 'valibot';
import { backoff } from '../values/retry.ts';
import { count, FORMAT_VERSION, formatVersion } from '../values/schemas.ts';

/**
 * Launch slots: the times at which processes may call `jobs.run`, shared through one object per project and region.
 *
 * Clocks of processes must differ by less than MAX_SKEW_MS. A process whose clock is ahead by d calls up to d early, one
 * whose clock is behind up to d late, so that a window may hold a batch more than the quota. Cloud Run refuses such calls with
 * RESOURCE_EXHAUSTED, and a refusal pauses the location.
 */

/** How late a slot may be used. Later use could put two windows' calls into one 60 s quota window. */
const SLOT_TTL_MS = 1_000;
/** Cloud Run's quota window, plus the lateness of a call. */
const WINDOW_MS = 60_000 + SLOT_TTL_MS;
/**
 * How far ahead a process may reserve, and the largest batch as a share of a minute's quota. A long rollout reserves batch by
 * batch, so a hotfix gets slots in between.
 */
const LOOKAHEAD_MS = 10_000;
const MAX_SKEW_MS = 5_000;
const PAUSE_MS = { first: 10_000, longest: 300_000 };
/** A probe's outcome is stored within this time. */
const PROBE_MS = 10_000;

/** `quota/<project>/<region>.json` */
export const launchQuotaSchema = v.object({
  formatVersion,
  /** Reserved slots in milliseconds since the epoch, ascending. */
  reserved: v.array(v.number()),
  /** Calls in a row that Cloud Run refused with RESOURCE_EXHAUSTED at a valid slot; above 0, slots are probes. */
  refusals: v.optional(count, 0),
  /** The first slot is after this time; then batches grow from 1. */
  pausedUntil: v.optional(v.number(), 0),
});
export type LaunchReservations = v.InferOutput<typeof launchQuotaSchema>;

export const noReservations: LaunchReservations = {
  formatVersion: FORMAT_VERSION,
  reserved: [],
  refusals: 0,
  pausedUntil: 0,
};

/** The right to call `jobs.run` once, from `at` until it expires. */
export type LaunchSlot = {
  at: number;
  /** The first call after refusals: other processes wait for its outcome. */
  isProbe: boolean;
};

export type Reservation = {
  /** One for each call of `jobs.run`; fewer than wanted if the quota is used up. */
  slots: LaunchSlot[];
  /** Without slots: when to ask again; for a caller that could use none of them, the end of its time. */
  retryAfter: number;
  next: LaunchReservations;
};

export type SlotRequest = {
  want: number;
  perMinute: number;
  /** The caller's deadline: it needs slots before it. */
  before?: Date;
};

/** Reserves up to `want` slots, at most `perMinute` in any window. */
export function reserveSlots(stored: LaunchReservations, request: SlotRequest, now: Date): Reservation {
  const taken = plausibleReservations(stored, now);
  const start = now.getTime();
  const { perMinute, before } = request;
  const isProbe = taken.refusals > 0;
  // A probe that was reserved ahead would be called although the one before it was refused meanwhile.
  const lookahead = isProbe ? 0 : LOOKAHEAD_MS;
  const end = Math.min(start + lookahead, before === undefined ? Number.POSITIVE_INFINITY : before.getTime() - 1);
  const most = isProbe ? 1 : Math.min(request.want, largestBatch(perMinute), batchAfterPause(taken, start));
  const earliest = Math.max(start, taken.pausedUntil);
  const reserved = [...taken.reserved];
  const slots: LaunchSlot[] = [];
  let next = nextFree(reserved, perMinute, earliest);
  while (slots.length < most && next <= end) {
    slots.push({ at: next, isProbe });
    reserved.push(next);
    next = nextFree(reserved, perMinute, earliest);
  }
  if (slots.length === 0) {
    const isOutOfTime = before !== undefined && next >= before.getTime();
    const retryAfter = isOutOfTime ? before.getTime() : Math.max(start, next - lookahead);
    return { slots, retryAfter, next: stored };
  }
  const pausedUntil = isProbe ? (slots[0]?.at ?? start) + PROBE_MS : taken.pausedUntil;
  return { slots, retryAfter: start, next: { ...taken, reserved, pausedUntil } };
}

function largestBatch(perMinute: number): number {
  return Math.ceil((perMinute * LOOKAHEAD_MS) / 60_000);
}

/**
 * Pauses the location after RESOURCE_EXHAUSTED at a valid slot, each time in a row for twice as long. Too many executions run
 * there, or another user of the project used the quota. Concurrent refusals count once.
 */
export function afterRefusal(taken: LaunchReservations, slot: LaunchSlot, now: Date): LaunchReservations {
  if (taken.refusals > 0 && !slot.isProbe) return taken;
  const refusals = taken.refusals + 1;
  return { ...taken, refusals, pausedUntil: now.getTime() + backoff(refusals, PAUSE_MS) };
}

/** Ends the pause after Cloud Run accepted a probe. */
export function afterProbe(taken: LaunchReservations, now: Date): LaunchReservations {
  return taken.refusals === 0 ? taken : { ...taken, refusals: 0, pausedUntil: now.getTime() };
}

export function isExpired({ at }: LaunchSlot, now: Date): boolean {
  return now.getTime() >= at + SLOT_TTL_MS;
}

/** Drops expired slots, and times so far ahead that only a wrong clock or an edit wrote them. */
function plausibleReservations(taken: LaunchReservations, now: Date): LaunchReservations {
  const start = now.getTime();
  const oldest = start - WINDOW_MS - MAX_SKEW_MS;
  const reserved = taken.reserved.filter((at) => at > oldest && at <= start + LOOKAHEAD_MS + MAX_SKEW_MS);
  const isPause = taken.pausedUntil <= start + PAUSE_MS.longest + MAX_SKEW_MS;
  return { ...taken, reserved, pausedUntil: isPause ? taken.pausedUntil : 0 };
}

/** Doubles from 1 with every batch since the last pause, because its cause may return. */
function batchAfterPause({ pausedUntil, reserved }: LaunchReservations, start: number): number {
  if (pausedUntil <= start - WINDOW_MS) return Number.POSITIVE_INFINITY;
  return reserved.filter((at) => at >= pausedUntil).length + 1;
}

function nextFree(reserved: readonly number[], perMinute: number, earliest: number): number {
  const last = reserved.at(-1) ?? earliest;
  const oldest = reserved.at(-perMinute);
  return Math.max(earliest, last, oldest === undefined ? earliest : oldest + WINDOW_MS);
}
