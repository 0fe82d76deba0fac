import type { Assignment } from '#functions/core/records/assignment.ts';
import type { WireCall } from '../model/cloud/wire.ts';
import { isRegistered, readAssignment } from '../model/records.ts';
import type { AssignmentChange, Context } from './watch.ts';

/** A process may act on the failures that it read this long ago, and a write may be under way for as long again. */
const FRESH_MS = 10_000;

/**
 * Once the failures of a revision exceed its `maxFailures`, no tenant is launched with it for the first time, beyond the
 * calls in flight. An operator's relaunch still may.
 */
export class Failures {
  /** `runtime@revision` → since when its failures exceed what it tolerates. */
  readonly #exceeded = new Map<string, number>();
  /** `runtime@revision` → the tenants that failed with it. */
  readonly #failed = new Map<string, Set<string>>();
  /** `runtime/tenant@revision` that were launched. */
  readonly #launched = new Set<string>();
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  assigned({ before, after }: AssignmentChange): void {
    const key = `${after.runtime}@${after.revision}`;
    if (before !== null) this.#failed.get(`${before.runtime}@${before.revision}`)?.delete(before.tenant);
    if (hasFailed(after)) this.#failed.set(key, (this.#failed.get(key) ?? new Set()).add(after.tenant));
    if (!this.isExceeded(after.runtime, after.revision)) this.#exceeded.delete(key);
    else if (!this.#exceeded.has(key)) this.#exceeded.set(key, this.#context.world.timeline.now);
  }

  /** `jobs.run` leaves a process for a claim. */
  launching({ process }: WireCall, { runtime, tenant, revision }: Assignment): void {
    const key = `${runtime}/${tenant}@${revision}`;
    if (this.#launched.has(key)) return;
    this.#launched.add(key);
    const since = this.#exceeded.get(`${runtime}@${revision}`) ?? Number.POSITIVE_INFINITY;
    const age = this.#context.world.timeline.now - since;
    if (age > FRESH_MS && this.isExceeded(runtime, revision))
      this.#context.violate('max failures', `${process} first launches ${key} ${age} ms after too many have failed`);
  }

  /** Found independently of the product's rules. */
  isExceeded(runtime: string, revision: number): boolean {
    const { world } = this.#context;
    const entry = world.watch.ledger.entries.get(runtime)?.find((one) => one.revision === revision);
    if (entry === undefined) return false;
    const failed = [...(this.#failed.get(`${runtime}@${revision}`) ?? [])].filter((tenant) => {
      const isMember = isRegistered(world, runtime, tenant) && world.watch.ledger.target(runtime, tenant) === revision;
      return isMember && readAssignment(world, runtime, tenant)?.revision === revision;
    });
    return failed.length > entry.rollout.maxFailures;
  }
}

function hasFailed({ adoption, outcome }: Assignment): boolean {
  if (adoption === 'REFUSED' || adoption === 'FAILED' || adoption === 'UNPROVEN') return true;
  return adoption === 'ADOPTED' && (outcome?.state === 'FAILED' || outcome?.state === 'CANCELLED');
}
