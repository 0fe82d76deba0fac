import pMap from 'p-map';
import type { Assignment } from '../core/assignment.ts';
import { claim, mayLaunch } from '../core/claim.ts';
import { failAttempt } from '../core/judge.ts';
import { launchEnv } from '../core/launch-env.ts';
import type { LedgerEntry } from '../core/ledger-entry.ts';
import { FORMAT_VERSION } from '../core/record.ts';
import type { RetryPolicy } from '../core/retry-policy.ts';
import { type ProjectRegion, projectRegion, type Tenant } from '../core/tenant.ts';
import type { Assignments } from '../ports/assignments.ts';
import type { Clock } from '../ports/clock.ts';
import type { LaunchQuota } from '../ports/launch-quota.ts';
import { LaunchError, type Launcher } from '../ports/launcher.ts';
import type { Launches } from '../ports/launches.ts';
import type { Log } from '../ports/log.ts';

export type LaunchDeps = {
  assignments: Assignments;
  launches: Launches;
  launcher: Launcher;
  quota: LaunchQuota;
  clock: Clock;
  log: Log;
  newLaunchId: () => string;
  /** Names this process in the claims that it makes. */
  owner: string;
};

export type LaunchOrder = { tenant: Tenant; next: Assignment; entry: LedgerEntry; expected: string | null };

/**
 * `launched`: `jobs.run` answered. `lost`: another pass has this tenant. `rejected`: the call was refused for good.
 * `unknown`: nobody can tell yet; the claim stands until a later pass has looked. `waiting`: not its turn before the deadline.
 */
export type LaunchResult = 'launched' | 'lost' | 'rejected' | 'unknown' | 'waiting';

export type LaunchTally = Record<LaunchResult, number>;

const CONCURRENCY = 25;
const QUOTA_PAUSE_MS = 1_000;

/** Launches every tenant at its reserved time. One tenant's failure cancels nobody. */
export async function launchTenants(
  orders: readonly LaunchOrder[],
  deps: LaunchDeps,
  policy: RetryPolicy,
  deadline: Date,
): Promise<LaunchTally> {
  const tally: LaunchTally = { launched: 0, lost: 0, rejected: 0, unknown: 0, waiting: 0 };
  const groups = Map.groupBy(orders, ({ tenant }) => JSON.stringify(projectRegion(tenant.job)));
  await Promise.all([...groups.values()].map((group) => launchGroup(group, deps, policy, deadline, tally)));
  return tally;
}

async function launchGroup(
  orders: readonly LaunchOrder[],
  deps: LaunchDeps,
  policy: RetryPolicy,
  deadline: Date,
  tally: LaunchTally,
): Promise<void> {
  const queue = [...orders];
  while (queue.length > 0) {
    const where = projectRegion(queue[0]?.tenant.job ?? '');
    const times = await nextTimes(where, queue.length, deps, deadline);
    if (times === 'too-late') break;
    const batch = queue.splice(0, times.length).map((order, index) => ({ order, at: times[index] ?? 0 }));
    await pMap(batch, async ({ order, at }) => tally[await launchAt(order, at, deps, policy, deadline)]++, {
      concurrency: CONCURRENCY,
    });
  }
  tally.waiting += queue.length;
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
  at: number,
  deps: LaunchDeps,
  policy: RetryPolicy,
  deadline: Date,
): Promise<LaunchResult> {
  if (at >= deadline.getTime()) return 'waiting';
  await deps.clock.sleep(Math.max(0, at - deps.clock.now().getTime()));
  try {
    return await launchOne(order, deps, policy);
  } catch (error) {
    deps.log.warn('launch interrupted', { ...describe(order), error: String(error) });
    return 'unknown';
  }
}

/** Claim → `jobs.run` → record. The claim comes first, so that a sandbox that nobody claimed for finds itself superseded. */
async function launchOne(order: LaunchOrder, deps: LaunchDeps, policy: RetryPolicy): Promise<LaunchResult> {
  const claimed = claim(order.next, deps.newLaunchId(), deps.owner, policy, deps.clock.now());
  const written = await deps.assignments.write(claimed, order.expected);
  if (written === 'conflict') return 'lost';
  const launched = await runWhileClaimed(order, claimed, deps);
  if (launched.kind === 'launched') {
    await deps.launches.create(launchRecord(claimed, launched.execution, deps.clock.now()));
    deps.log.info('launched', { ...describe(order), launchId: claimed.launchId, execution: launched.execution });
    return 'launched';
  }
  deps.log.warn('launch failed', { ...describe(order), code: launched.error.code, error: launched.error.message });
  if (launched.error.code === 'AMBIGUOUS') return 'unknown';
  return giveUp(claimed, written.generation, launched.error, deps, policy);
}

type RunResult = { kind: 'launched'; execution: string } | { kind: 'failed'; error: LaunchError };

/** A refusal for quota made nothing, so the same claim may try again for as long as it lasts. */
async function runWhileClaimed(order: LaunchOrder, claimed: Assignment, deps: LaunchDeps): Promise<RunResult> {
  const mode = order.entry.rollout.launch === 'verify' ? 'verify' : 'run';
  const launch = { job: order.tenant.job, env: launchEnv(claimed, mode) };
  for (let pause = QUOTA_PAUSE_MS; ; pause *= 2) {
    try {
      return { kind: 'launched', execution: await deps.launcher.run(launch) };
    } catch (error) {
      if (!(error instanceof LaunchError)) throw error;
      if (error.code !== 'QUOTA') return { kind: 'failed', error };
      await deps.clock.sleep(pause);
      if (!mayLaunch(claimed, deps.clock.now())) return { kind: 'failed', error };
    }
  }
}

/** Nothing runs for this claim. A refusal for quota was no attempt; any other counts as one. */
async function giveUp(
  claimed: Assignment,
  generation: string,
  error: LaunchError,
  deps: LaunchDeps,
  policy: RetryPolicy,
): Promise<LaunchResult> {
  const reason = { code: `LAUNCH_${error.code}`, message: error.message.slice(0, 1000) };
  const attempts = error.code === 'QUOTA' ? claimed.launchAttempt - 1 : claimed.launchAttempt;
  const next = failAttempt({ ...claimed, launchAttempt: attempts }, reason, policy, deps.clock.now());
  await deps.assignments.write(next, generation);
  return error.code === 'QUOTA' ? 'waiting' : 'rejected';
}

function launchRecord(claimed: Assignment, execution: string, now: Date) {
  const { runtime, tenant, revision, digest, launchAttempt } = claimed;
  const launchId = claimed.launchId ?? '';
  return {
    formatVersion: FORMAT_VERSION,
    runtime,
    tenant,
    launchId,
    revision,
    digest,
    launchAttempt,
    execution,
    launchedAt: now.toISOString(),
  } as const;
}

function describe({ tenant, next }: LaunchOrder): Record<string, unknown> {
  return { runtime: tenant.runtime, tenant: tenant.tenant, revision: next.revision, attempt: next.launchAttempt };
}
