import type { Assignment } from '#functions/core/records/assignment.ts';
import type { LedgerEntry } from '#functions/core/records/ledger-entry.ts';
import type { Rejection } from '#functions/core/records/rejection.ts';
import type { Digest } from '#functions/core/values/digest.ts';
import type { Change } from '../model/cloud/buckets.ts';
import type { ModelExecution } from '../model/cloud/cloud-run.ts';
import type { Published } from '../model/cloud/pubsub.ts';
import { ServerError, type Wire, type WireCall } from '../model/cloud/wire.ts';
import { buckets } from '../model/names.ts';
import { parsed, readAssignment } from '../model/records.ts';
import type { WorkloadStart } from '../model/sandbox/workload.ts';
import type { World } from '../model/world.ts';
import { Failures } from './failures.ts';
import { Fairness } from './fairness.ts';
import { Launches } from './launches.ts';
import { Ledger } from './ledger.ts';
import { Operators } from './operators.ts';
import { Orphans } from './orphans.ts';
import { Promotions } from './promotions.ts';
import { Requests } from './requests.ts';
import { Verdicts } from './verdicts.ts';
import { Waste } from './waste.ts';
import { Workloads } from './workloads.ts';

export type Violation = { invariant: string; message: string; at: string };

export type AssignmentChange = { before: Assignment | null; after: Assignment; by: WireCall };

/** What each invariant may look at, and how it says that it does not hold. */
export type Context = {
  world: World;
  violate: (invariant: string, message: string) => void;
};

/** Sees everything that happens in a world, at the moment that it happens, and holds it against the invariants. */
export class Watch {
  readonly violations: Violation[] = [];
  readonly workloads: Workloads;
  readonly verdicts: Verdicts;
  readonly ledger: Ledger;
  readonly launches: Launches;
  readonly fairness: Fairness;
  readonly operators: Operators;
  readonly failures: Failures;
  readonly promotions: Promotions;
  readonly waste: Waste;
  readonly requests: Requests;
  readonly orphans: Orphans;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    const context: Context = { world, violate: (invariant, message) => this.fail(invariant, message) };
    this.workloads = new Workloads(context);
    this.verdicts = new Verdicts(context);
    this.ledger = new Ledger(context);
    this.launches = new Launches(context);
    this.fairness = new Fairness(context);
    this.operators = new Operators(context);
    this.failures = new Failures(context);
    this.promotions = new Promotions(context);
    this.waste = new Waste(context);
    this.requests = new Requests(context);
    this.orphans = new Orphans(context);
  }

  fail(invariant: string, message: string): void {
    this.violations.push({ invariant, message, at: this.#world.stamp() });
    this.#world.note(`VIOLATION ${invariant}: ${message}`);
  }

  sent(call: WireCall): void {
    if (call.method === 'RunJob') {
      const claimed = this.#claimFor(call);
      this.launches.called(call);
      this.operators.called(call);
      this.waste.called(call);
      if (claimed !== undefined) this.failures.launching(call, claimed);
    }
    if (call.method === 'objects.insert') this.operators.wrote(call);
    this.fairness.sent(call);
    this.requests.sent(call);
  }

  /** A delivery comes to a function. */
  began({ process }: Wire, message: Published): void {
    this.promotions.began(process);
    this.waste.began(process);
    this.requests.began(process, message);
  }

  /** A delivery has ended by itself. */
  ended({ process }: Wire): void {
    this.waste.ended(process);
  }

  /** A delivery did not end before the platform ends it. Storage may keep it waiting for minutes, where a fault struck it. */
  overran({ process }: Wire): void {
    if (this.#world.faults.hasInjected(process)) return;
    this.fail('deadline', `${process} does not end by itself`);
  }

  answered(call: WireCall, answer: unknown): void {
    this.fairness.answered(call, answer);
    if (call.method === 'RunJob') this.waste.answered(call, answer);
    if (answer instanceof ServerError && answer.code === 412) this.#conflicted(call);
    if (answer instanceof Error) return;
    if (call.method === 'objects.media') {
      this.workloads.read(call, String(answer));
      this.operators.read(call, String(answer));
    }
    if (call.method === 'objects.list') this.operators.listed(call, answer);
  }

  #conflicted(call: WireCall): void {
    this.waste.conflicted(call);
    this.operators.conflicted(call);
  }

  changed(change: Change): void {
    const { bucket, name, before, after } = change;
    this.promotions.changed(change);
    if (bucket === buckets.pins) this.#recorded(change);
    if (bucket === buckets.assignments && name !== 'guard.json') this.#assigned(name, before?.body, after?.body);
    if (bucket === buckets.control && name.startsWith('orphans/')) this.orphans.reported(before?.body, after?.body);
    if (bucket === buckets.control && name.startsWith('rejections/')) this.#rejected(change);
    if (bucket === buckets.control && name.startsWith('prompts/')) this.requests.started(name, before, after);
    if (bucket === buckets.control) this.fairness.changed(change, this.#world.actor);
    if (bucket !== buckets.control || !name.startsWith('launches/')) return;
    this.launches.recorded(before?.body, after?.body);
    this.orphans.recorded(after?.body);
  }

  unpacked(process: string, digest: Digest): void {
    this.workloads.unpacked.set(process, digest);
  }

  workloadStarts(start: WorkloadStart): void {
    this.workloads.starts(start);
  }

  executionMade(execution: ModelExecution): void {
    this.launches.made(execution, this.#world.actor);
    this.orphans.made(execution, this.#world.actor !== null);
  }

  #recorded({ name, before, after }: Change): void {
    const by = this.#world.actor;
    if (by === null) return;
    this.ledger.changed(name, before, after);
    if (after !== null) this.promotions.recorded(name, JSON.parse(after.body) as LedgerEntry, by);
  }

  #rejected({ name, before, after }: Change): void {
    const by = this.#world.actor;
    if (by === null || before !== null || after === null) return;
    this.promotions.rejected(name, JSON.parse(after.body) as Rejection, by);
  }

  /** The claim that a call of `jobs.run` is for stands in the assignment. */
  #claimFor({ resource }: WireCall): Assignment | undefined {
    const owner = this.#world.owners.get(resource);
    return owner && readAssignment(this.#world, owner.runtime, owner.tenant);
  }

  #assigned(name: string, before: string | undefined, after: string | undefined): void {
    const by = this.#world.actor;
    // A write without an actor is an operator's, not a decision of Pincast.
    if (by === null) return;
    if (after === undefined) throw new Error(`${name} was deleted by ${by.id}`);
    const change = { before: parsed<Assignment>(before) ?? null, after: JSON.parse(after) as Assignment, by };
    this.verdicts.changed(change);
    this.ledger.assigned(change);
    this.launches.claimed(change);
    this.operators.assigned(change);
    this.failures.assigned(change);
    this.waste.assigned(change);
  }
}
