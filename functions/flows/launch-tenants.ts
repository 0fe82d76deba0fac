import pMap from 'p-map';
import { hasLapsed } from '../core/launch-times.ts';
import type { RetryPolicy } from '../core/retry-policy.ts';
import { projectRegion } from '../core/tenant.ts';
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
import { LaunchQueue } from './launch-queue.ts';
import { launchTurns, nextTimes, type TimedOrder } from './launch-turns.ts';
import { rivalsIn } from './rivals.ts';

export type LaunchDeps = LaunchOneDeps & { quota: LaunchQuota };

export type LaunchTally = Record<LaunchResult, number>;

export type Launched = {
  tally: LaunchTally;
  /** The tenants whose launch is not known to be made. */
  waiting: string[];
};

/** More than one reservation holds, so that nobody's slow launch makes another's launch time lapse. */
const CONCURRENCY = 50;

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
  const rivals = rivalsIn(orders[0]?.tenant.runtime ?? '', deps);
  const launchGroup = (group: readonly LaunchOrder[]) => {
    const queue = new LaunchQueue(rotated(group, deps.owner), rivals, () => tally.lost++);
    const launch = async ({ order, at }: TimedOrder): Promise<void> => {
      // What nobody was launched at is the next one's launch time.
      for (let next: LaunchOrder | undefined = order; next !== undefined; ) {
        const result: LaunchResult = await launchAt(next, at, brake, deps, policy, deadline);
        tally[result]++;
        if (result !== 'launched' && result !== 'rejected') launched.waiting.push(next.tenant.tenant);
        if (result === 'lost') rivals.meet();
        next = result === 'lost' && isGood(at, deps) ? queue.next() : undefined;
      }
    };
    return pMap(launchTurns(queue, deps, deadline, failures), launch, { concurrency: CONCURRENCY });
  };
  const groups = Map.groupBy(orders, ({ tenant }) => JSON.stringify(projectRegion(tenant.job)));
  await Promise.all([...groups.values()].map(launchGroup));
  if (failures.length > 0) throw new AggregateError(failures, 'launch times cannot be reserved');
  return launched;
}

function isGood(at: TimedOrder['at'], { clock }: LaunchDeps): boolean {
  return at !== 'too-late' && !hasLapsed(at, clock.now());
}

/** Each process begins with another tenant: two that began with the same would meet at every one. */
function rotated<T>(orders: readonly T[], owner: string): T[] {
  const start = [...owner].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 65_521, 0) % orders.length;
  return [...orders.slice(start), ...orders.slice(0, start)];
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
