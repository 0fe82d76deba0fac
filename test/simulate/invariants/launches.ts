import { type Assignment, isInFlight } from '#functions/core/records/assignment.ts';
import type { LaunchRecord } from '#functions/core/records/launch.ts';
import type { Receipt } from '#functions/core/records/receipt.ts';
import { type ModelExecution, projectRegionOf } from '../model/cloud/cloud-run.ts';
import type { WireCall } from '../model/cloud/wire.ts';
import { buckets } from '../model/names.ts';
import { parsed, readAssignment } from '../model/records.ts';
import type { AssignmentChange, Context } from './watch.ts';

type Claim = { process: string; notAfter: number };

/** A new execution is listed within this time. */
const LISTED_MS = 4_000;
const MINUTE_MS = 60_000;

/**
 * Nothing is launched without a claim, nor after its time; nothing is taken over that may be running; no window holds more
 * `jobs.run` than the quota, all processes together; no tenant is launched more often than the maximum.
 */
export class Launches {
  /** Cloud Run forgets, this does not. */
  readonly everMade = new Map<string, ModelExecution>();
  /** Launch id → what was made for it last. */
  readonly ofLaunch = new Map<string, ModelExecution>();
  readonly #claims = new Map<string, Claim>();
  readonly #calls = new Map<string, number[]>();
  /** What ran, and what was refused for good. */
  readonly #attempts = new Map<string, number>();
  readonly #relaunched = new Map<string, number>();
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** `jobs.run` leaves a process. */
  called({ process, resource }: WireCall): void {
    if (process.startsWith('operator')) return;
    const { now } = this.#context.world.timeline;
    const where = projectRegionOf(resource);
    const recent = (this.#calls.get(where) ?? []).filter(
      (time) => time > now - MINUTE_MS + 2 * this.#context.world.skew,
    );
    recent.push(now);
    this.#calls.set(where, recent);
    const { runsPerMinute } = this.#context.world.config;
    if (recent.length > runsPerMinute) {
      this.#context.violate(
        'quota',
        `${recent.length} calls of jobs.run in a minute of ${where}, not ${runsPerMinute}`,
      );
    }
  }

  made(execution: ModelExecution, by: WireCall | null): void {
    this.everMade.set(execution.name, execution);
    const launchId = execution.env.PINCAST_LAUNCH_ID;
    if (launchId !== undefined) this.ofLaunch.set(launchId, execution);
    // What an operator starts by hand, under whatever launch id, is no launch.
    if (launchId === undefined || by === null) return;
    const claim = this.#claims.get(launchId);
    const now = by.sentAt + this.#context.world.skewOf(by.instance);
    if (claim?.process !== by.process || now >= claim.notAfter) {
      this.#context.violate('claim', `${by.process} launched ${launchId} without a claim, or after its time`);
    }
    this.#countLaunch(execution);
  }

  claimed({ before, after, by }: AssignmentChange): void {
    const { maxAttempts } = this.#context.world.config.retry;
    if (after.launchAttempt > maxAttempts) this.#context.violate('attempts', `${after.tenant} is tried once more`);
    if (after.launchId !== null && after.launchId !== before?.launchId) {
      this.#claims.set(after.launchId, { process: by.process, notAfter: Date.parse(after.notAfter ?? '') });
    }
    if (after.reason?.code === 'LAUNCH_REJECTED' && after.reason.code !== before?.reason?.code) this.#attempted(after);
    if (after.adoption === 'FAILED' && before?.adoption !== 'FAILED') this.#givenUp(after);
    if (before === null || before.revision !== after.revision) return;
    if (isBegunAnew(before, after)) {
      const key = keyOf(after.runtime, after.tenant, after.revision);
      this.#relaunched.set(key, (this.#relaunched.get(key) ?? 0) + 1);
    }
    const isTakenOver = after.launchId !== before.launchId || after.reason?.code === 'NEVER_LAUNCHED';
    if (!isInFlight(before) || !isTakenOver || before.launchId === null) return;
    this.#takenOver(before);
    if (after.reason?.code === 'NEVER_LAUNCHED') this.#uncount(before);
  }

  recorded(before: string | undefined, after: string | undefined): void {
    const { launchId, execution } = JSON.parse(after ?? '{}') as LaunchRecord;
    const actual = this.everMade.get(execution)?.env.PINCAST_LAUNCH_ID;
    if (before !== undefined) this.#context.violate('record', `launch ${launchId} was recorded anew`);
    else if (actual !== launchId)
      this.#context.violate('record', `${execution} is of launch ${actual}, not ${launchId}`);
  }

  /** Who looked after the claim's time and margin has seen every execution that was made before, but the very newest. */
  #takenOver({ launchId, notAfter, tenant }: Assignment): void {
    const made = [...this.everMade.values()].filter(({ env }) => env.PINCAST_LAUNCH_ID === launchId);
    if (made.some(({ completedAt }) => completedAt !== null)) return;
    const margin = this.#context.world.config.retry.claimMarginSeconds * 1000;
    const looked = Date.parse(notAfter ?? '') + margin - 2 * this.#context.world.skew;
    if (this.#context.world.timeline.now < looked) {
      this.#context.violate('takeover', `${launchId} of ${tenant} was taken over before its time was over`);
      return;
    }
    const running = made.find(({ createdAt }) => createdAt < looked - LISTED_MS);
    if (running) this.#context.violate('takeover', `${launchId} was taken over, and ${running.name} runs for it`);
  }

  #countLaunch({ job, env }: ModelExecution): void {
    const { world } = this.#context;
    const key = keyOf(job.runtime, job.tenant, Number(env.PINCAST_REVISION));
    if (this.#isTooLate(job, env.PINCAST_LAUNCH_ID)) return;
    const launched = this.#attempted({ ...job, revision: Number(env.PINCAST_REVISION) });
    const rounds = 1 + (this.#relaunched.get(key) ?? 0);
    const most = rounds * world.config.retry.maxAttempts + this.#lockedDown(job);
    if (launched > most) this.#context.violate('attempts', `${key} was launched ${launched} times, not ${most}`);
  }

  /** What came too late to be found, or was forgotten before it was, counts as never launched. */
  #uncount({ runtime, tenant, revision, launchId }: Assignment): void {
    const made = [...this.everMade.values()].filter(({ env }) => env.PINCAST_LAUNCH_ID === launchId);
    const key = keyOf(runtime, tenant, revision);
    this.#attempts.set(key, (this.#attempts.get(key) ?? 0) - made.length);
  }

  #attempted({ runtime, tenant, revision }: Pick<Assignment, 'runtime' | 'tenant' | 'revision'>): number {
    const key = keyOf(runtime, tenant, revision);
    const attempts = (this.#attempts.get(key) ?? 0) + 1;
    this.#attempts.set(key, attempts);
    return attempts;
  }

  /** Neither an outage nor a lack of quota uses up a tenant's attempts. */
  #givenUp({ runtime, tenant, revision }: Assignment): void {
    const key = keyOf(runtime, tenant, revision);
    const attempts = this.#attempts.get(key) ?? 0;
    const { maxAttempts } = this.#context.world.config.retry;
    if (attempts < maxAttempts) this.#context.violate('attempts', `${key} is FAILED after ${attempts} attempts`);
  }

  /** True if the call arrived after its claim was replaced, or given up as NEVER_LAUNCHED. */
  #isTooLate({ runtime, tenant }: { runtime: string; tenant: string }, launchId: string | undefined): boolean {
    const assignment = readAssignment(this.#context.world, runtime, tenant);
    return assignment?.launchId !== launchId || assignment?.reason?.code === 'NEVER_LAUNCHED';
  }

  /** A locked-down run does not count as an attempt. */
  #lockedDown({ tenant, runtime }: { tenant: string; runtime: string }): number {
    const receipts = this.#context.world.buckets.list(buckets.receipts, `${tenant}/${runtime}/`);
    return receipts.filter(({ body }) => parsed<Receipt>(body)?.code === 'LOCKED_DOWN').length;
  }
}

/** Nothing ran for the claim, or its run was stopped: what was counted for it is taken back. */
const UNCOUNTED = [
  'NEVER_LAUNCHED',
  'LOCKED_DOWN',
  'LAUNCH_DENIED',
  'LAUNCH_QUOTA',
  'LAUNCH_TOO_LATE',
  'LAUNCH_STOPPED',
];

/** An operator's relaunch counts from the first attempt, at once or when a freeze is over. */
function isBegunAnew(before: Assignment, after: Assignment): boolean {
  if (before.launchAttempt === 0) return false;
  const isClaimed = isInFlight(after) && after.launchId !== before.launchId;
  if (isClaimed) return after.launchAttempt === 1;
  return after.launchAttempt === 0 && !UNCOUNTED.includes(after.reason?.code ?? '');
}

function keyOf(runtime: string, tenant: string, revision: number): string {
  return `${runtime}/${tenant}@${revision}`;
}
