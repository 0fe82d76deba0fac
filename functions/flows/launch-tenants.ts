import pMap from 'p-map';
import type { RetryPolicy } from '../core/retry-policy.ts';
import { type ProjectRegion, projectRegion } from '../core/tenant.ts';
import type { Clock } from '../ports/clock.ts';
import type { LaunchQuota } from '../ports/launch-quota.ts';
import type { Brake } from './brake.ts';
import {
  describe,
  type LaunchOneDeps,
  type LaunchOrder,
  type LaunchResult,
  type LaunchTurn,
  launchOne,
} from './launch-one.ts';

export type LaunchDeps = LaunchOneDeps & { quota: LaunchQuota };

export type LaunchTally = Record<LaunchResult, number>;

export type Launched = { tally: LaunchTally /** The tenants whose turn is yet to come. */; waiting: string[] };

/** More than one reservation holds, so that nobody's slow launch makes another's launch time lapse. */
const CONCURRENCY = 50;

/** Between two reservations, so that whoever lost the race for one, and waits a moment, wins the next. */
const COURTESY_MS = 1_000;

/**
 * Launches every tenant at its reserved time. One tenant's failure cancels nobody, and its slowness holds nobody up.
 *
 * @throws AggregateError where launch times could not be had, when all that was begun has ended.
 */
export async function launchTenants(
  orders: readonly LaunchOrder[],
  brake: Brake,
  deps: LaunchDeps,
  policy: RetryPolicy,
  deadline: Date,
): Promise<Launched> {
  const tally = { launched: 0, lost: 0, rejected: 0, unknown: 0, waiting: 0, stopped: 0 };
  const launched: Launched = { tally, waiting: [] };
  const failures: unknown[] = [];
  const launch = async ({ order, at }: TimedOrder): Promise<void> => {
    const result = await launchAt(order, at, brake, deps, policy, deadline);
    launched.tally[result]++;
    if (result === 'waiting') launched.waiting.push(order.tenant.tenant);
  };
  const groups = Map.groupBy(orders, ({ tenant }) => JSON.stringify(projectRegion(tenant.job)));
  const launches = [...groups.values()].map((group) =>
    pMap(timed(group, deps, deadline, failures), launch, { concurrency: CONCURRENCY }),
  );
  await Promise.all(launches);
  if (failures.length > 0) throw new AggregateError(failures, 'launch times cannot be reserved');
  return launched;
}

type TimedOrder = { order: LaunchOrder; at: number | 'too-late' };

/** Gives orders of one project and region their launch times, reserving further ones when the last are given out. */
async function* timed(
  orders: readonly LaunchOrder[],
  deps: LaunchDeps,
  deadline: Date,
  failures: unknown[],
): AsyncGenerator<TimedOrder> {
  let times: number[] | 'too-late' = [];
  for (const [index, order] of orders.entries()) {
    if (times !== 'too-late' && times.length === 0) {
      if (index > 0) await deps.clock.sleep(COURTESY_MS);
      const where = projectRegion(order.tenant.job);
      times = await nextTimes(where, orders.length - index, deps, deadline).catch((error: unknown) => {
        failures.push(error);
        return 'too-late';
      });
      // Whoever goes on by message at once would find the quota just as taken.
      if (times === 'too-late' && failures.length === 0) await sleepUntil(deadline, deps.clock);
    }
    yield { order, at: times === 'too-late' ? times : (times.shift() ?? 'too-late') };
  }
}

function sleepUntil(time: Date, clock: Clock): Promise<void> {
  return clock.sleep(Math.max(0, time.getTime() - clock.now().getTime()));
}

/** At least one launch time, waiting for it where the quota is taken. */
async function nextTimes(
  where: ProjectRegion,
  want: number,
  deps: LaunchDeps,
  deadline: Date,
): Promise<number[] | 'too-late'> {
  for (;;) {
    const now = deps.clock.now();
    if (now >= deadline) return 'too-late';
    const { times, askAgainAt } = await deps.quota.reserve(where, want, now);
    if (times.length > 0) return times;
    if (askAgainAt >= deadline.getTime()) return 'too-late';
    await deps.clock.sleep(Math.max(50, askAgainAt - now.getTime()));
  }
}

async function launchAt(
  order: LaunchOrder,
  at: TimedOrder['at'],
  brake: Brake,
  deps: LaunchDeps,
  policy: RetryPolicy,
  deadline: Date,
): Promise<LaunchResult> {
  if (at === 'too-late' || at >= deadline.getTime()) return 'waiting';
  await deps.clock.sleep(Math.max(0, at - deps.clock.now().getTime()));
  try {
    return await launchOne(order, turnOf(order, at, brake, deps), deps, policy);
  } catch (error) {
    deps.log.warn('launch interrupted', { ...describe(order), error: String(error) });
    return 'unknown';
  }
}

function turnOf({ tenant, next }: LaunchOrder, at: number, brake: Brake, deps: LaunchDeps): LaunchTurn {
  return {
    at,
    again: async (before) => {
      const times = await nextTimes(projectRegion(tenant.job), 1, deps, before);
      return times === 'too-late' ? undefined : times[0];
    },
    isStopped: async () => !(await brake.mayLaunch(next)),
  };
}
