import { isFailure } from '../../../functions/core/adoption.ts';
import { type Assignment, isUnderWay } from '../../../functions/core/assignment.ts';
import { parseReceiptName } from '../../../functions/core/object-names.ts';
import type { Receipt } from '../../../functions/core/receipt.ts';
import { buckets } from '../model/names.ts';
import type { AssignmentChange, Context } from './watch.ts';

/** ADOPTED only with a valid receipt of the assigned revision; verdicts rise with evidence and are lowered by nothing. */
export class Verdicts {
  /** Receipts that an older workload wrote with its tenant's identity. */
  readonly forged = new Set<string>();
  /** Whose relaunch an operator asked for: `runtime/tenant`, or `runtime/*`. */
  readonly wishes = new Set<string>();
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  changed({ before, after }: AssignmentChange): void {
    const isSame = before !== null && before.revision === after.revision;
    if (before?.proof && after.proof === null) this.#violate('verdict', after, 'lost its proof');
    if (after.adoption === 'ADOPTED' && JSON.stringify(before) !== JSON.stringify(after)) this.#proof(after);
    if (isSame && before.adoption === 'ADOPTED' && after.adoption !== 'ADOPTED') {
      this.#violate('verdict', after, `was ADOPTED and is ${after.adoption}`);
    }
    if (isSame && isFailure(before.adoption)) this.#again(before, after);
    if (isFailure(after.adoption) && after.adoption !== before?.adoption) this.#failure(after);
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
    const isOwn = this.#hasAdopted(proof.execution, digest);
    if (this.forged.has(proof.receipt) && !isOwn) return `${proof.receipt} is forged`;
    if (!isOwn && world.watch.workloads.unpacked.get(process) !== digest) return `${process} unpacked something else`;
    const execution = world.watch.launches.everMade.get(proof.execution);
    if (execution === undefined) return `there is no ${proof.execution}`;
    if (execution.job.tenant !== tenant || execution.job.runtime !== runtime)
      return 'the execution is another tenant’s';
    const launched = execution.env.PINCAST_LAUNCH_ID ?? null;
    if (launched !== null && launched !== launchId) return `its execution is ${launched}’s, the claim is ${launchId}`;
    const isOlder = execution.createdAt <= Date.parse(assignedAt);
    return launched === null && isOlder ? 'its console run is older than the assignment' : undefined;
  }

  /** It can prove itself once more, that changes nothing. */
  #hasAdopted(execution: string, digest: string): boolean {
    const { workloads, launches } = this.#context.world.watch;
    const made = launches.everMade.get(execution);
    if (made === undefined) return false;
    const short = execution.slice(execution.lastIndexOf('/') + 1);
    return Array.from({ length: made.attempt + 1 }, (_, attempt) => attempt).some((attempt) => {
      const receipt = `${made.job.tenant}/${made.job.runtime}/${short}/0-${attempt}-adopted.json`;
      const isThere = this.#context.world.buckets.get(buckets.receipts, receipt) !== undefined;
      return isThere && !this.forged.has(receipt) && workloads.unpacked.get(`${short}/${attempt}`) === digest;
    });
  }

  /** What has failed is tried again when an operator asks, or when it has another pin; evidence may come late. */
  #again(before: Assignment, after: Assignment): void {
    if (!isUnderWay(after) && after.adoption !== 'NEVER_RAN' && after.adoption !== 'STALE') return;
    const { runtime, tenant } = after;
    if (this.wishes.has(`${runtime}/${tenant}`) || this.wishes.has(`${runtime}/*`)) return;
    this.#violate('verdict', after, `was ${before.adoption} and is ${after.adoption}, and nobody asked for it`);
  }

  #failure(after: Assignment): void {
    const { adoption, reason, launchAttempt } = after;
    if (reason === null || reason.code === '') this.#violate('reason', after, `is ${adoption} for no reason`);
    const { maxAttempts } = this.#context.world.config.retry;
    if (adoption === 'FAILED' && launchAttempt < maxAttempts) this.#violate('verdict', after, 'is FAILED too soon');
    if (adoption === 'UNPROVEN' && reason?.code === 'NO_RECEIPT') this.#unproven(after);
    if (adoption === 'REFUSED' && !this.#hasRefused(after)) this.#violate('verdict', after, 'is REFUSED by nobody');
  }

  #unproven(after: Assignment): void {
    const execution = this.#context.world.watch.launches.everMade.get(after.execution ?? '');
    if (execution?.end?.exitCode !== 0) this.#violate('verdict', after, 'is UNPROVEN, but its run did not end well');
  }

  #hasRefused({ runtime, tenant, reason, revision }: Assignment): boolean {
    const receipts = this.#context.world.buckets.list(buckets.receipts, `${tenant}/${runtime}/`);
    return receipts
      .filter(({ name }) => !this.forged.has(name) && name.endsWith('-refused.json'))
      .map(({ body }) => JSON.parse(body) as Receipt)
      .some((receipt) => receipt.code === reason?.code && (receipt.revision ?? revision) === revision);
  }
}
