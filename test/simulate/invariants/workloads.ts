import type { Assignment } from '#functions/core/records/assignment.ts';
import type { Guard } from '#functions/core/records/guard.ts';
import { names } from '#functions/core/records/object-names.ts';
import type { Receipt } from '#functions/core/records/receipt.ts';
import type { Digest } from '#functions/core/values/digest.ts';
import type { ModelExecution } from '../model/cloud/cloud-run.ts';
import type { WireCall } from '../model/cloud/wire.ts';
import { buckets } from '../model/names.ts';
import { parsed } from '../model/records.ts';
import type { WorkloadStart } from '../model/sandbox/workload.ts';
import type { Context } from './watch.ts';

/** What an entrypoint was told, and the time that it asked for the older of the two. */
type Reads = { assignment: Assignment | null; guard: Guard | null; assignmentAt: number; guardAt: number };

/**
 * No workload starts unless the last that its entrypoint read of assignment and guard allows exactly the bytes that were
 * unpacked, and its adoption is on record. Of all executions for one claim at most one runs the workload, and of two claims
 * for one tenant and revision one at a time.
 */
export class Workloads {
  /** The digest of what each attempt unpacked. */
  readonly unpacked = new Map<string, Digest>();
  starts_ = 0;
  readonly #reads = new Map<string, Reads>();
  readonly #ran = new Map<string, string>();
  /** Which launches' workloads run now, by process. */
  readonly #working = new Map<string, { what: string; launchId: string }>();
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** An answer older than a later request's is late: its entrypoint gave the request up, and asked again. */
  read({ process, resource, sentAt }: WireCall, body: string): void {
    if (!resource.startsWith(`${buckets.assignments}/`)) return;
    const reads = this.#reads.get(process) ?? { assignment: null, guard: null, assignmentAt: 0, guardAt: 0 };
    this.#reads.set(process, reads);
    if (resource.endsWith(`/${names.guard}`)) {
      if (sentAt < reads.guardAt) return;
      reads.guard = JSON.parse(body) as Guard;
      reads.guardAt = sentAt;
    } else if (sentAt >= reads.assignmentAt) {
      reads.assignment = parsed<Assignment>(body) ?? null;
      reads.assignmentAt = sentAt;
    }
  }

  starts({ process, execution, launchId, digest }: WorkloadStart): void {
    this.starts_++;
    const why = this.#whyNot(process, launchId, digest) ?? this.#whyUnproved(process, execution.job, digest);
    if (why !== undefined) this.#context.violate('allowed bytes', `${process} runs its workload, but ${why}`);
    if (launchId === null) return;
    this.#works(process, launchId, execution);
    const other = this.#ran.get(launchId) ?? execution.name;
    if (other !== execution.name) this.#context.violate('once', `${launchId} ran in ${other} and ${execution.name}`);
    this.#ran.set(launchId, execution.name);
  }

  /** Its process has ended. */
  ends(process: string): void {
    this.#working.delete(process);
  }

  #works(process: string, launchId: string, { job }: ModelExecution): void {
    const { revision } = this.#reads.get(process)?.assignment ?? {};
    const what = `${job.runtime}/${job.tenant} at revision ${revision}`;
    for (const [other, work] of this.#working) {
      if (work.what !== what || work.launchId === launchId) continue;
      this.#context.violate('together', `${other} and ${process} work for ${what} at the same time`);
    }
    this.#working.set(process, { what, launchId });
  }

  #whyNot(process: string, launchId: string | null, digest: Digest | null): string | undefined {
    const { assignment, guard } = this.#reads.get(process) ?? {};
    if (!assignment || !guard || digest === null) return 'it read no assignment or guard, or unpacked nothing';
    if (assignment.digest !== digest) return `it unpacked ${digest} and last read ${assignment.digest}`;
    if (launchId !== null && assignment.launchId !== launchId) return `${assignment.launchId} replaced ${launchId}`;
    if (guard.revokedDigests.includes(digest)) return `${digest} is revoked`;
    if (guard.lockdown || guard.lockdownRuntimes.includes(assignment.runtime)) return 'a lockdown is in force';
    return undefined;
  }

  #whyUnproved(process: string, job: { tenant: string; runtime: string }, digest: Digest | null): string | undefined {
    const [execution = '', attempt] = process.split('/');
    const { tenant, runtime } = job;
    const name = { tenant, runtime, execution, taskIndex: 0, taskAttempt: Number(attempt), kind: 'adopted' as const };
    const stored = this.#context.world.buckets.get(buckets.receipts, names.receipt(name));
    if (stored === undefined) return 'left no receipt before';
    const receipt = JSON.parse(stored.body) as Receipt;
    if (receipt.digest !== digest) return 'its receipt names other bytes';
    const { assignmentAt, guardAt } = this.#reads.get(process) as Reads;
    const isAskedAgain =
      Math.min(assignmentAt, guardAt) >= Date.parse(receipt.writtenAt) - this.#context.world.skewOf(process);
    return isAskedAgain ? undefined : 'it asked for assignment or guard before its receipt only';
  }
}
