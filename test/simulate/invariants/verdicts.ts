import { type Assignment, isInFlight } from '#functions/core/records/assignment.ts';
import { names, parseReceiptName } from '#functions/core/records/object-names.ts';
import type { Receipt } from '#functions/core/records/receipt.ts';
import { isFailure } from '#functions/core/values/adoption.ts';
import { executionId } from '#functions/core/values/execution.ts';
import type { ModelExecution } from '../model/cloud/cloud-run.ts';
import { buckets } from '../model/names.ts';
import type { AssignmentChange, Context } from './watch.ts';

/** `assignedAt` is taken so long before its write is sent, at most. */
const ASSIGNED_BEFORE_MS = 100;

/** ADOPTED only with a valid receipt of the assigned revision; verdicts rise with evidence and are lowered by nothing. */
export class Verdicts {
  /** Receipts that an older workload wrote with its tenant's identity. */
  readonly forged = new Set<string>();
  /** Whose relaunch an operator asked for: `runtime/tenant`, or `runtime/*`. */
  readonly wishes = new Set<string>();
  /** When the write was sent that gave a tenant its revision, and when it took effect. */
  readonly #moved = new Map<string, { sentAt: number; at: number }>();
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  changed({ before, after, by }: AssignmentChange): void {
    const isSame = before !== null && before.revision === after.revision;
    if (before?.proof && after.proof === null) this.#violate('verdict', after, 'lost its proof');
    if (after.adoption === 'ADOPTED' && JSON.stringify(before) !== JSON.stringify(after)) this.#proof(after);
    if (isSame && before.adoption === 'ADOPTED' && after.adoption !== 'ADOPTED') {
      this.#violate('verdict', after, `was ADOPTED and is ${after.adoption}`);
    }
    if (isInFlight(after) && after.execution !== null)
      this.#violate('name', after, 'shows an execution before its verdict');
    if (!isSame) this.#moved.set(keyOf(after), { sentAt: by.sentAt, at: this.#context.world.timeline.now });
    if (after.adoption === 'ADOPTED' && isNewEnd(before, after)) this.#end(after);
    if (isSame && isFailure(before.adoption)) this.#again(before, after);
    if (isFailure(after.adoption) && after.adoption !== before?.adoption) this.#failure(after);
  }

  /** When the tenant was given the revision that it has. */
  movedAt(assignment: Assignment): number {
    return this.#moved.get(keyOf(assignment))?.at ?? 0;
  }

  #violate(invariant: string, { runtime, tenant, revision }: Assignment, message: string): void {
    this.#context.violate(invariant, `${runtime}/${tenant} at revision ${revision} ${message}`);
  }

  #proof(after: Assignment): void {
    const why = this.#whyNoProof(after);
    if (why !== undefined) this.#violate('proof', after, `is ADOPTED, but ${why}`);
  }

  #whyNoProof({ proof, revision, digest, launchId, assignedAt, runtime, tenant }: Assignment): string | undefined {
    if (proof === null || proof.revision !== revision || proof.digest !== digest)
      return 'its proof is of something else';
    const { world } = this.#context;
    const name = parseReceiptName(proof.receipt);
    const process = `${name?.execution}/${name?.taskAttempt}`;
    if (world.buckets.get(buckets.receipts, proof.receipt) === undefined) return `there is no ${proof.receipt}`;
    if (name?.taskIndex !== 0 || name.taskAttempt !== 0) return `${proof.receipt} is not of the first attempt`;
    const execution = world.watch.launches.everMade.get(proof.execution);
    if (execution === undefined) return `there is no ${proof.execution}`;
    if (this.forged.has(proof.receipt))
      return this.#isAsYoung(execution, revision) ? undefined : `${proof.receipt} is forged`;
    if (world.watch.workloads.unpacked.get(process) !== digest) return `${process} unpacked something else`;
    if (execution.job.tenant !== tenant || execution.job.runtime !== runtime)
      return 'the execution is another tenant’s';
    const launched = execution.env.PINCAST_LAUNCH_ID ?? null;
    if (launched !== null && launched !== launchId) return `its execution is ${launched}’s, the claim is ${launchId}`;
    const isOlder = execution.createdAt + 2 * world.skew <= Date.parse(assignedAt);
    return launched === null && isOlder ? 'its console run is older than the assignment' : undefined;
  }

  /** While the write was under way, and as far as clocks differ, an execution that runs the old pin looks as young. */
  #isAsYoung({ createdAt, job }: ModelExecution, revision: number): boolean {
    const { sentAt, at } = this.#moved.get(keyOf({ ...job, revision })) ?? { sentAt: 0, at: 0 };
    return createdAt > sentAt - 2 * this.#context.world.skew - ASSIGNED_BEFORE_MS && createdAt < at;
  }

  /** Cloud Run alone says how a workload ended, and unknown is what it has forgotten. */
  #end(after: Assignment): void {
    const { world } = this.#context;
    const execution = world.watch.launches.everMade.get(after.execution ?? '');
    if (after.outcome === null) {
      if (world.run.executions.has(after.execution ?? '')) this.#violate('outcome', after, 'has an end that is known');
    } else if (execution === undefined || execution.completedAt === null) {
      this.#violate('outcome', after, `is ${after.outcome.state}, and its execution runs`);
    } else {
      const { state, exitCode } = endOf(execution);
      const isRight = after.outcome.state === state && (after.outcome.exitCode ?? exitCode) === exitCode;
      if (!isRight) this.#violate('outcome', after, `is ${JSON.stringify(after.outcome)}, not ${state} ${exitCode}`);
    }
  }

  /** What has failed is tried again when an operator asks, or when it has another pin; evidence may come late. */
  #again(before: Assignment, after: Assignment): void {
    if (!isInFlight(after) && after.adoption !== 'NEVER_RAN' && after.adoption !== 'STALE') return;
    const { runtime, tenant } = after;
    if (this.wishes.has(`${runtime}/${tenant}`) || this.wishes.has(`${runtime}/*`)) return;
    this.#violate('verdict', after, `was ${before.adoption} and is ${after.adoption}, and no operator asked for it`);
  }

  #failure(after: Assignment): void {
    const { adoption, reason, launchAttempt } = after;
    if (reason === null || reason.code === '') this.#violate('reason', after, `is ${adoption} for no reason`);
    const { maxAttempts } = this.#context.world.config.retry;
    if (adoption === 'FAILED' && launchAttempt < maxAttempts) this.#violate('verdict', after, 'is FAILED too soon');
    if (adoption === 'UNPROVEN' && reason?.code === 'NO_RECEIPT') this.#unproven(after);
    if (adoption === 'REFUSED' && !this.#hasRefused(after))
      this.#violate('verdict', after, 'is REFUSED, and no sandbox refused');
  }

  #unproven(after: Assignment): void {
    const execution = this.#context.world.watch.launches.everMade.get(after.execution ?? '');
    if (execution?.end?.exitCode !== 0) this.#violate('verdict', after, 'is UNPROVEN, but its run did not end well');
    const { tenant, runtime, digest, revision } = after;
    const short = executionId(execution?.name ?? '');
    const name = names.receipt({ tenant, runtime, execution: short, taskIndex: 0, taskAttempt: 0, kind: 'adopted' });
    const receipt = this.#context.world.buckets.get(buckets.receipts, name);
    if (receipt === undefined || this.forged.has(name)) return;
    const left = JSON.parse(receipt.body) as Receipt;
    if (left.digest === digest && left.revision === revision)
      this.#violate('verdict', after, `is UNPROVEN beside ${name}`);
  }

  #hasRefused({ runtime, tenant, reason, revision }: Assignment): boolean {
    const receipts = this.#context.world.buckets.list(buckets.receipts, `${tenant}/${runtime}/`);
    return receipts
      .filter(({ name }) => !this.forged.has(name) && name.endsWith('/0-0-refused.json'))
      .map(({ body }) => JSON.parse(body) as Receipt)
      .some((receipt) => receipt.code === reason?.code && (receipt.revision ?? revision) === revision);
  }
}

function keyOf({ runtime, tenant, revision }: Pick<Assignment, 'runtime' | 'tenant' | 'revision'>): string {
  return `${runtime}/${tenant}@${revision}`;
}

function isNewEnd(before: Assignment | null, after: Assignment): boolean {
  if (after.outcome?.state === 'RUNNING') return false;
  return JSON.stringify(before?.outcome) !== JSON.stringify(after.outcome) || before?.execution !== after.execution;
}

function endOf({ end, cancelled }: ModelExecution): { state: string; exitCode: number | null } {
  if (cancelled) return { state: 'CANCELLED', exitCode: null };
  return { state: end?.exitCode === 0 ? 'SUCCEEDED' : 'FAILED', exitCode: end?.exitCode ?? null };
}
