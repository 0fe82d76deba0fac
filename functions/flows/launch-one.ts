import type { Assignment } from '../core/assignment.ts';
import { failAttempt, giveBack } from '../core/attempts.ts';
import { claim, mayLaunch } from '../core/claim.ts';
import { launchEnv } from '../core/launch-env.ts';
import type { LaunchRecord } from '../core/launch-record.ts';
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

export type LaunchOrder = { tenant: Tenant; next: Assignment; entry: LedgerEntry; expected: string | null };

/**
 * `launched`: `jobs.run` answered. `lost`: another pass has this tenant. `rejected`: the call was refused for good.
 * `unknown`: nobody can tell yet; the claim stands until a later pass has looked. `waiting`: nothing was launched; its turn
 * is yet to come.
 */
export type LaunchResult = 'launched' | 'lost' | 'rejected' | 'unknown' | 'waiting';

const QUOTA_PAUSE_MS = 1_000;

/** Claim → `jobs.run` → record. The claim comes first, so that a sandbox that nobody claimed for finds itself superseded. */
export async function launchOne(order: LaunchOrder, deps: LaunchOneDeps, policy: RetryPolicy): Promise<LaunchResult> {
  const claimed = claim(order.next, deps.newLaunchId(), deps.owner, policy, deps.clock.now());
  const written = await deps.assignments.write(claimed, order.expected);
  if (written === 'conflict') return 'lost';
  const ran = await runWhileClaimed(order, claimed, deps);
  if (ran.kind === 'launched') {
    await deps.launches.create(launchRecord(claimed, ran.execution, deps.clock.now()));
    deps.log.info('launched', { ...describe(order), launchId: claimed.launchId, execution: ran.execution });
    return 'launched';
  }
  deps.log.warn('launch failed', { ...describe(order), code: ran.code, error: ran.message });
  if (ran.code === 'AMBIGUOUS') return 'unknown';
  const why = reason(`LAUNCH_${ran.code}`, ran.message);
  const isRejected = ran.code === 'REJECTED';
  const next = isRejected ? failAttempt(claimed, why, policy, deps.clock.now()) : giveBack(claimed, why);
  await deps.assignments.write(next, written.generation);
  return isRejected ? 'rejected' : 'waiting';
}

type RunResult =
  | { kind: 'launched'; execution: string }
  | { kind: 'failed'; code: LaunchError['code'] | 'TOO_LATE'; message: string };

/** Never after `notAfter`, when others may have taken over. A refusal for quota made nothing: the same claim may try again. */
async function runWhileClaimed(order: LaunchOrder, claimed: Assignment, deps: LaunchOneDeps): Promise<RunResult> {
  const mode = order.entry.rollout.launch === 'verify' ? 'verify' : 'run';
  const launch = { job: order.tenant.job, env: launchEnv(claimed, mode) };
  let failure: RunResult = { kind: 'failed', code: 'TOO_LATE', message: 'writing the claim took all of its time' };
  for (let pause = QUOTA_PAUSE_MS; mayLaunch(claimed, deps.clock.now()); pause *= 2) {
    try {
      return { kind: 'launched', execution: await deps.launcher.run(launch) };
    } catch (error) {
      if (!(error instanceof LaunchError)) throw error;
      failure = { kind: 'failed', code: error.code, message: error.message };
      if (error.code !== 'QUOTA') return failure;
      await deps.clock.sleep(pause);
    }
  }
  return failure;
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
