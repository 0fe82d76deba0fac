import * as v from 'valibot';
import { formatVersion } from './record.ts';

/** A launch time is good for this long: whoever is later needs another, or two windows' launches would fall into one. */
const SPARE_MS = 1_000;
/** The window of Cloud Run's run quota, and what launches may be late. */
const WINDOW_MS = 60_000 + SPARE_MS;
/**
 * How far ahead anybody may reserve, and so much of the quota a reservation takes at most: a long rollout comes back for
 * every batch, so that a hotfix gets its turn in between.
 */
const HORIZON_MS = 10_000;

/** `quota/<project>/<region>.json`: the launch times taken there, milliseconds since the epoch, ascending. */
export const launchTimesSchema = v.object({ formatVersion, reserved: v.array(v.number()) });
export type LaunchTimes = v.InferOutput<typeof launchTimesSchema>;

export type Reservation = {
  /** When the caller may call `jobs.run`, one each; fewer than wanted where the quota is taken. */
  times: number[];
  /** Where there are none: when to ask again. */
  askAgainAt: number;
  next: LaunchTimes;
};

/** Takes up to `want` launch times so that no window holds more than `perMinute`. */
export function reserveLaunchTimes(taken: LaunchTimes, want: number, perMinute: number, now: Date): Reservation {
  const start = now.getTime();
  const reserved = taken.reserved.filter((time) => time > start - WINDOW_MS);
  const most = Math.min(want, Math.ceil((perMinute * HORIZON_MS) / 60_000));
  const times: number[] = [];
  let next = nextFree(reserved, perMinute, start);
  while (times.length < most && next <= start + HORIZON_MS) {
    times.push(next);
    reserved.push(next);
    next = nextFree(reserved, perMinute, start);
  }
  return { times, askAgainAt: Math.max(start, next - HORIZON_MS), next: { ...taken, reserved } };
}

function nextFree(reserved: readonly number[], perMinute: number, start: number): number {
  const last = reserved.at(-1) ?? start;
  const oldest = reserved.at(-perMinute);
  return Math.max(start, last, oldest === undefined ? start : oldest + WINDOW_MS);
}

export function hasLapsed(time: number, now: Date): boolean {
  return now.getTime() >= time + SPARE_MS;
}
