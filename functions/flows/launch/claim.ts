import { failAttempt, recordLaunchFailure, releaseClaim } from '../../core/launch/attempts.ts';
import type { EvaluationContext, RetryPolicy } from '../../core/launch/backoff.ts';
import { claim, isClaimValid } from '../../core/launch/claim.ts';
import type { Assignment } from '../../core/records/assignment.ts';
import type { LaunchAction } from '../../core/rollout/reconcile.ts';
import { reason } from '../../core/values/reason.ts';
import type { Assignments } from '../../ports/fleet.ts';
import type { LaunchErrorCode } from '../../ports/launcher.ts';
import type { Clock } from '../../ports/system.ts';

export type ClaimDeps = {
  assignments: Assignments;
  clock: Clock;
  newLaunchId: () => string;
  /** Names this process in the claims that it makes. */
  owner: string;
};

export type TenantLaunch = LaunchAction & {
  /** The contention tracker's mark after this process wrote the expected generation; absent: the plan read it. */
  since?: number;
  /** A claim of an earlier slot, whose `jobs.run` was never called; its generation is the expected one. */
  claimed?: Assignment;
};

export type ClaimedLaunch = TenantLaunch & { claimed: Assignment; expected: string };

/** Why `jobs.run` was not called for a claim, or failed. */
export type LaunchFailure = {
  kind: 'failed';
  code: LaunchErrorCode | 'TOO_LATE' | 'STOPPED' | 'CONTROLS_UNREADABLE';
  message: string;
};

export const stopped: LaunchFailure = {
  kind: 'failed',
  code: 'STOPPED',
  message: 'a control, a later promotion or the failures of this revision stop its launch',
};
export const tooLate: LaunchFailure = {
  kind: 'failed',
  code: 'TOO_LATE',
  message: 'the deadline came before a slot that the launch could use',
};

/** Returns the launch with a valid claim: the one of its earlier slot, or a new one, written by CAS. */
export async function claimLaunch(
  launch: TenantLaunch,
  deps: ClaimDeps,
  policy: RetryPolicy,
): Promise<ClaimedLaunch | 'conflict'> {
  if (isClaimed(launch) && isClaimValid(launch.claimed, deps.clock.now())) return launch;
  const free = isClaimed(launch) ? await saveReleasedClaim(launch, tooLate, deps, policy) : launch;
  if (free === 'conflict') return 'conflict';
  const claimed = claim(
    free.next,
    { launchId: deps.newLaunchId(), owner: deps.owner },
    { policy, now: deps.clock.now() },
  );
  const written = await deps.assignments.write(claimed, free.expected);
  return written === 'conflict' ? 'conflict' : { ...free, claimed, expected: written.generation };
}

/** Writes the end of a claim that no execution runs for. The returned launch can be claimed again. */
export async function saveReleasedClaim(
  { claimed, ...launch }: ClaimedLaunch,
  failure: LaunchFailure,
  deps: ClaimDeps,
  policy: RetryPolicy,
): Promise<TenantLaunch | 'conflict'> {
  const released = withoutClaim(claimed, failure, { policy, now: deps.clock.now() });
  const written = await deps.assignments.write(released, launch.expected);
  if (written === 'conflict') return 'conflict';
  const next = { ...released, adoption: 'LAUNCHING' as const, launchAttempt: released.launchAttempt + 1 };
  return { ...launch, next, expected: written.generation };
}

/** Releases the claim of a launch that leaves the queue, so that the next reconcile can launch before it expires. */
export async function dismiss(
  launch: TenantLaunch,
  failure: LaunchFailure,
  deps: ClaimDeps,
  policy: RetryPolicy,
): Promise<void> {
  if (isClaimed(launch)) await saveReleasedClaim(launch, failure, deps, policy);
}

function isClaimed(launch: TenantLaunch): launch is ClaimedLaunch {
  return launch.claimed !== undefined && launch.expected !== null;
}

/**
 * A REJECTED call counts as an attempt. DENIED and QUOTA do not, because IAM grants take minutes to spread and quota is
 * shared; their backoff grows.
 */
function withoutClaim(claimed: Assignment, { code, message }: LaunchFailure, context: EvaluationContext): Assignment {
  const why = reason(`LAUNCH_${code}`, message);
  if (code === 'REJECTED') return failAttempt(claimed, why, context);
  const isRefused = code === 'QUOTA' || code === 'DENIED';
  return isRefused ? recordLaunchFailure(claimed, why, context) : releaseClaim(claimed, why);
}
