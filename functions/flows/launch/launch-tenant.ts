import { isClaimValid, launchEnv } from '../../core/launch/claim.ts';
import { isExpired, type LaunchSlot } from '../../core/launch/quota.ts';
import type { RetryPolicy } from '../../core/launch/retry-policy.ts';
import { logEvents } from '../../core/messages/log-events.ts';
import { launchRecord } from '../../core/records/launch.ts';
import { projectRegion } from '../../core/records/tenant.ts';
import type { LaunchResult } from '../../core/rollout/result.ts';
import { LaunchError, type Launcher, type Launches, type LaunchQuota } from '../../ports/launcher.ts';
import type { Log } from '../../ports/system.ts';
import {
  type ClaimDeps,
  type ClaimedLaunch,
  claimLaunch,
  dismiss,
  type LaunchFailure,
  saveReleasedClaim,
  stopped,
  type TenantLaunch,
} from './claim.ts';
import { ControlsUnreadableError } from './controls.ts';
import type { LaunchGate } from './gate.ts';

export type LaunchTenantDeps = ClaimDeps & { launches: Launches; launcher: Launcher; quota: LaunchQuota; log: Log };

export type LaunchContext = { gate: LaunchGate; deps: LaunchTenantDeps; policy: RetryPolicy };

/** How a launch used its slot. */
export type Attempt = {
  result: LaunchResult;
  /** `jobs.run` was called, or may have been. */
  isSlotUsed: boolean;
  /** No execution runs for the launch, so it may use another slot. */
  retry?: TenantLaunch;
};

/** Claims, calls `jobs.run`, records. The claim comes first, so that a sandbox without one finds itself superseded. */
export async function launchTenant(launch: TenantLaunch, slot: LaunchSlot, context: LaunchContext): Promise<Attempt> {
  const { gate, deps } = context;
  const early = await whyBlocked(launch, gate);
  if (early === stopped) return stop(launch, context);
  if (early !== undefined || isExpired(slot, deps.clock.now())) return unused(launch);
  const claimed = await claimLaunch(launch, context);
  if (claimed === 'conflict') return { result: 'conflict', isSlotUsed: false };
  // Claim and gate may have taken long, so the times are compared last, right before the call.
  const late = await whyBlocked(claimed, gate);
  if (late === stopped) return stop(claimed, context);
  if (late !== undefined || isTooLate(claimed, slot, deps.clock.now())) return unused(claimed);
  return callRun(claimed, slot, context);
}

/** The launch keeps its claim: until it expires, the next slot needs no write. */
function unused(launch: TenantLaunch): Attempt {
  return { result: 'pending', isSlotUsed: false, retry: launch };
}

async function stop(launch: TenantLaunch, context: LaunchContext): Promise<Attempt> {
  await dismiss(launch, stopped, context);
  return { result: 'blocked', isSlotUsed: false };
}

async function whyBlocked(launch: TenantLaunch, gate: LaunchGate): Promise<LaunchFailure | undefined> {
  try {
    return (await gate.canLaunch(launch)) ? undefined : stopped;
  } catch (error) {
    if (!(error instanceof ControlsUnreadableError)) throw error;
    return { kind: 'failed', code: error.code, message: error.message };
  }
}

/** Another process may take over an expired claim, and an expired slot belongs to the next quota window. */
function isTooLate({ claimed }: ClaimedLaunch, slot: LaunchSlot, now: Date): boolean {
  return !isClaimValid(claimed, now) || isExpired(slot, now);
}

async function callRun(launch: ClaimedLaunch, slot: LaunchSlot, context: LaunchContext): Promise<Attempt> {
  const { deps } = context;
  const { claimed, expected: generation } = launch;
  const ran = await runOnce(launch, deps);
  await reportAnswer(launch, slot, ran, deps);
  if (ran.kind === 'failed') return fail(launch, ran, context);
  const record = launchRecord(claimed, ran.execution, deps.clock.now());
  await deps.launches.create({ ...record, claim: { generation, assignment: claimed } });
  deps.log.info(logEvents.launched, { ...launchFields(launch), launchId: claimed.launchId, execution: ran.execution });
  return { result: 'launched', isSlotUsed: true };
}

/** Releases the claim of a failed call, unless an execution may run for it. */
async function fail(launch: ClaimedLaunch, failure: LaunchFailure, context: LaunchContext): Promise<Attempt> {
  const { code, message } = failure;
  context.deps.log.warn(logEvents.launchFailed, { ...launchFields(launch), code, error: message });
  if (code === 'AMBIGUOUS') return { result: 'ambiguous', isSlotUsed: true };
  const retry = await saveReleasedClaim(launch, failure, context);
  if (retry === 'conflict') return { result: 'conflict', isSlotUsed: true };
  return code === 'QUOTA' ? { result: 'pending', isSlotUsed: true, retry } : { result: 'rejected', isSlotUsed: true };
}

type RunResult = { kind: 'launched'; execution: string } | LaunchFailure;

/** Reports a refusal or an accepted probe to all processes. A failed report is logged only. */
async function reportAnswer(
  launch: TenantLaunch,
  slot: LaunchSlot,
  ran: RunResult,
  deps: LaunchTenantDeps,
): Promise<void> {
  const isRefused = ran.kind === 'failed' && ran.code === 'QUOTA';
  if (!isRefused && !(slot.isProbe && ran.kind === 'launched')) return;
  try {
    await deps.quota.report(projectRegion(launch.tenant.job), slot, isRefused ? 'refused' : 'accepted');
  } catch (error) {
    deps.log.warn('quota report failed', { ...launchFields(launch), error: String(error) });
  }
}

async function runOnce({ tenant, entry, claimed }: ClaimedLaunch, deps: LaunchTenantDeps): Promise<RunResult> {
  const mode = entry.rollout.launch === 'verify' ? 'verify' : 'run';
  try {
    const execution = await deps.launcher.run({ job: tenant.job, env: launchEnv(claimed, mode) });
    return { kind: 'launched', execution };
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    return { kind: 'failed', code: error.code, message: error.message };
  }
}

export function launchFields({ tenant, next }: TenantLaunch): Record<string, unknown> {
  return { runtime: tenant.runtime, tenant: tenant.tenant, revision: next.revision, attempt: next.launchAttempt };
}
