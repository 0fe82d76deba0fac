import type { Assignment, PlannedAssignment } from '../core/assignment.ts';
import { failAttempt, giveBack, neverRan } from '../core/attempts.ts';
import { claim, mayLaunch } from '../core/claim.ts';
import { launchEnv } from '../core/launch-env.ts';
import type { LaunchRecord } from '../core/launch-record.ts';
import { hasLapsed } from '../core/launch-times.ts';
import type { LedgerEntry } from '../core/ledger-entry.ts';
import { reason } from '../core/reason.ts';
import { FORMAT_VERSION } from '../core/record.ts';
import type { RetryPolicy } from '../core/retry-policy.ts';
import type { Tenant } from '../core/tenant.ts';
import type { Assignments } from '../ports/assignments.ts';
import type { Clock } from '../ports/clock.ts';
import { LaunchError, type Launcher } from '../ports/launcher.ts';
import type { Launches } from '../ports/launches.ts';
import type { Log } from '../ports/log.ts';

export type LaunchOneDeps = {
  assignments: Assignments;
  launches: Launches;
  launcher: Launcher;
  clock: Clock;
  log: Log;
  newLaunchId: () => string;
  /** Names this process in the claims that it makes. */
  owner: string;
};

export type LaunchOrder = {
  tenant: Tenant;
  next: PlannedAssignment;
  entry: LedgerEntry;
  expected: string | null;
  /** Past FAIL the launch gate stops it: the tenant never launched this revision. */
  isFirst: boolean;
};

/** When a launch may be made, in milliseconds since the epoch, and what is asked meanwhile. */
export type LaunchTurn = {
  at: number;
  /** A further launch time, earlier than that; undefined where there is none. */
  again(before: Date): Promise<number | undefined>;
  /** Whether an operator or a later promotion has come between. */
  isStopped(): Promise<boolean>;
};

/**
 * `launched`: `jobs.run` answered. `lost`: another pass has this tenant. `rejected`: the call was refused for good.
 * `unknown`: nobody can tell yet; the claim stands until a later pass has looked. `waiting`: nothing was launched; its turn
 * is yet to come. `stopped`: nothing was launched, because it shall not be any more.
 */
export type LaunchResult = 'launched' | 'lost' | 'rejected' | 'unknown' | 'waiting' | 'stopped';

const QUOTA_PAUSE_MS = 1_000;

/** Claim → `jobs.run` → record. The claim comes first, so that a sandbox that nobody claimed for finds itself superseded. */
export async function launchOne(
  order: LaunchOrder,
  turn: LaunchTurn,
  deps: LaunchOneDeps,
  policy: RetryPolicy,
): Promise<LaunchResult> {
  if (await turn.isStopped()) return 'stopped';
  const claimed = claim(order.next, deps.newLaunchId(), deps.owner, policy, deps.clock.now());
  const written = await deps.assignments.write(claimed, order.expected);
  if (written === 'conflict') return 'lost';
  const ran = await runWhileClaimed(order, claimed, turn, deps);
  if (ran.kind === 'launched') {
    const claim = { generation: written.generation, assignment: claimed };
    await deps.launches.create({ ...launchRecord(claimed, ran.execution, deps.clock.now()), claim });
    deps.log.info('launched', { ...describe(order), launchId: claimed.launchId, execution: ran.execution });
    return 'launched';
  }
  deps.log.warn('launch failed', { ...describe(order), code: ran.code, error: ran.message });
  return ran.code === 'AMBIGUOUS' ? 'unknown' : unclaim(claimed, written.generation, ran, deps, policy);
}

type Failure = { kind: 'failed'; code: LaunchError['code'] | 'TOO_LATE' | 'STOPPED'; message: string };
type RunResult = { kind: 'launched'; execution: string } | Failure;

/**
 * Nothing runs for the claim. A rejected launch is an attempt; a denied one is none, because a new IAM grant takes minutes to
 * spread, and its pause grows; the others are given back.
 */
async function unclaim(
  claimed: Assignment,
  generation: string,
  { code, message }: Failure,
  deps: LaunchOneDeps,
  policy: RetryPolicy,
): Promise<LaunchResult> {
  const why = reason(`LAUNCH_${code}`, message);
  const now = deps.clock.now();
  if (code === 'REJECTED' || code === 'DENIED') {
    const end = code === 'DENIED' ? neverRan : failAttempt;
    await deps.assignments.write(end(claimed, why, policy, now), generation);
    return 'rejected';
  }
  await deps.assignments.write(giveBack(claimed, why), generation);
  return code === 'STOPPED' ? 'stopped' : 'waiting';
}

/**
 * Never after `notAfter`, when others may have taken over, and each call at a launch time of its own. A refusal for quota
 * made nothing: the same claim may try again.
 */
async function runWhileClaimed(
  order: LaunchOrder,
  claimed: Assignment,
  turn: LaunchTurn,
  deps: LaunchOneDeps,
): Promise<RunResult> {
  let failure: Failure = { kind: 'failed', code: 'TOO_LATE', message: 'the claim’s time was over before its launch' };
  let time: number | undefined = turn.at;
  for (let pause = QUOTA_PAUSE_MS; time !== undefined; ) {
    // The claim, or the wait for quota, may have taken long; and so may the asking, so the times are looked at last.
    if (await turn.isStopped()) return { kind: 'failed', code: 'STOPPED', message: 'stopped after it was claimed' };
    if (!mayLaunch(claimed, deps.clock.now())) return failure;
    if (hasLapsed(time, deps.clock.now())) {
      time = await nextTime(claimed, turn, deps);
      continue;
    }
    const result = await runOnce(order, claimed, deps);
    if (result.kind === 'launched' || result.code !== 'QUOTA') return result;
    failure = result;
    await deps.clock.sleep(pause);
    pause *= 2;
    time = await nextTime(claimed, turn, deps);
  }
  return failure;
}

async function nextTime({ notAfter }: Assignment, turn: LaunchTurn, deps: LaunchOneDeps): Promise<number | undefined> {
  const time = await turn.again(new Date(notAfter ?? 0));
  if (time !== undefined) await deps.clock.sleep(Math.max(0, time - deps.clock.now().getTime()));
  return time;
}

async function runOnce(order: LaunchOrder, claimed: Assignment, deps: LaunchOneDeps): Promise<RunResult> {
  const mode = order.entry.rollout.launch === 'verify' ? 'verify' : 'run';
  try {
    const execution = await deps.launcher.run({ job: order.tenant.job, env: launchEnv(claimed, mode) });
    return { kind: 'launched', execution };
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    return { kind: 'failed', code: error.code, message: error.message };
  }
}

/** What `jobs.run` answered for a claim. */
export function launchRecord(claimed: Assignment, execution: string, now: Date): LaunchRecord {
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
  };
}

export function describe({ tenant, next }: LaunchOrder): Record<string, unknown> {
  return { runtime: tenant.runtime, tenant: tenant.tenant, revision: next.revision, attempt: next.launchAttempt };
}
