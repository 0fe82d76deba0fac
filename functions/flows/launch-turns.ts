import { type ProjectRegion, projectRegion } from '../core/tenant.ts';
import type { Clock } from '../ports/clock.ts';
import type { LaunchQuota } from '../ports/launch-quota.ts';
import type { LaunchOrder } from './launch-one.ts';
import type { LaunchQueue } from './launch-queue.ts';

export type TurnDeps = { quota: LaunchQuota; clock: Clock };

export type TimedOrder = { order: LaunchOrder; at: number | 'too-late' };

/** Between two reservations, so that whoever lost the race for one, and waits a moment, wins the next. */
const COURTESY_MS = 1_000;

/** Gives a queue's orders their launch times, reserving further ones when the last are given out. */
export async function* launchTurns(
  queue: LaunchQueue,
  deps: TurnDeps,
  deadline: Date,
  failures: unknown[],
): AsyncGenerator<TimedOrder> {
  let times: number[] | 'too-late' = [];
  for (let isFirst = true; ; ) {
    if (times !== 'too-late' && times.length === 0) {
      const first = queue.peek();
      if (first === undefined) return;
      if (!isFirst) await deps.clock.sleep(COURTESY_MS);
      isFirst = false;
      times = await reserve(projectRegion(first.tenant.job), queue.count(), deps, deadline, failures);
    }
    // Only now: while launch times were waited for, another pass may have taken the first of the queue.
    const order = queue.next();
    if (order === undefined) return;
    yield { order, at: times === 'too-late' ? times : (times.shift() ?? 'too-late') };
  }
}

async function reserve(
  where: ProjectRegion,
  want: number,
  deps: TurnDeps,
  deadline: Date,
  failures: unknown[],
): Promise<number[] | 'too-late'> {
  try {
    const times = await nextTimes(where, Math.max(1, want), deps, deadline);
    // Whoever goes on by message at once would find the quota just as taken.
    if (times === 'too-late') await deps.clock.sleep(Math.max(0, deadline.getTime() - deps.clock.now().getTime()));
    return times;
  } catch (error) {
    failures.push(error);
    return 'too-late';
  }
}

/** At least one launch time, waiting for it where the quota is taken. */
export async function nextTimes(
  where: ProjectRegion,
  want: number,
  deps: TurnDeps,
  deadline: Date,
): Promise<number[] | 'too-late'> {
  for (;;) {
    const now = deps.clock.now();
    if (now >= deadline) return 'too-late';
    const { times, askAgainAt } = await deps.quota.reserve(where, want, now);
    if (times.length > 0) return times;
    if (askAgainAt >= deadline.getTime()) return 'too-late';
    // From now on, not from when it was asked: whoever comes a round trip late finds the time taken, again and again.
    await deps.clock.sleep(Math.max(50, askAgainAt - deps.clock.now().getTime()));
  }
}
