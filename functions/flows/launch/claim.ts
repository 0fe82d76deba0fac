import { endClaim } from '../../core/launch/attempts.ts';
import { claim, isClaimValid } from '../../core/launch/claim.ts';
import type { RetryPolicy } from '../../core/launch/retry-policy.ts';
import type { Assignment } from '../../core/records/assignment.ts';
import type { LaunchAction } from '../../core/rollout/reconcile.ts';
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

export type ClaimContext = { deps: ClaimDeps; policy: RetryPolicy };

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
export async function claimLaunch(launch: TenantLaunch, context: ClaimContext): Promise<ClaimedLaunch | 'conflict'> {
  const { deps, policy } = context;
  if (isClaimed(launch) && isClaimValid(launch.claimed, deps.clock.now())) return launch;
  const free = isClaimed(launch) ? await saveReleasedClaim(launch, tooLate, context) : launch;
  if (free === 'conflict') return 'conflict';
  const claimant = { launchId: deps.newLaunchId(), owner: deps.owner };
  const planned = claim(free.next, claimant, { policy, now: deps.clock.now() });
  const written = await deps.assignments.write(planned, free.expected);
  return written === 'conflict' ? 'conflict' : { ...free, claimed: written.value, expected: written.generation };
}

/** Writes the end of a claim that no execution runs for. The returned launch can be claimed again. */
export async function saveReleasedClaim(
  { claimed, ...launch }: ClaimedLaunch,
  failure: LaunchFailure,
  { deps, policy }: ClaimContext,
): Promise<TenantLaunch | 'conflict'> {
  const released = endClaim(claimed, failure, { policy, now: deps.clock.now() });
  const written = await deps.assignments.write(released, launch.expected);
  if (written === 'conflict') return 'conflict';
  const next = { ...released, adoption: 'LAUNCHING' as const, launchAttempt: released.launchAttempt + 1 };
  return { ...launch, next, expected: written.generation };
}

/** Releases the claim of a launch that leaves the queue, so that the next reconcile can launch before it expires. */
export async function dismiss(launch: TenantLaunch, failure: LaunchFailure, context: ClaimContext): Promise<void> {
  if (isClaimed(launch)) await saveReleasedClaim(launch, failure, context);
}

function isClaimed(launch: TenantLaunch): launch is ClaimedLaunch {
  return launch.claimed !== undefined && launch.expected !== null;
}
