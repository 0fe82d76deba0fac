import { type Assignment, isActive } from '#functions/core/records/assignment.ts';
import { names } from '#functions/core/records/object-names.ts';
import type { Tenant } from '#functions/core/records/tenant.ts';
import { projectRegionOf } from '../model/cloud/cloud-run.ts';
import { ServerError, type WireCall } from '../model/cloud/wire.ts';
import { buckets } from '../model/names.ts';
import { parsed } from '../model/records.ts';
import type { AssignmentChange, Context } from './watch.ts';

/** What a delivery took of the quota of all places, and what it made of it. */
type Use = { reservations: number; reserved: number; called: number; conflicts: number };

/** A batch is the quota of so much of a minute. */
const BATCHES_A_MINUTE = 6;
/**
 * Slots that a delivery may leave unused: one batch, which it had reserved before it learned that its launches are stopped or
 * made by another; one for each of the two waits, for a claim and for controls, in which a slot may expire; one of each
 * reservation, whose tenant another delivery launches before its time comes; and one for each claim that is lost to another.
 */
const SPARE_SLOTS = 2;
const WINDOW_MS = 300_000;
/**
 * Refused calls of a place in five minutes. With nothing accepted, the pauses of 10, 20, 40, 80 and 160 s leave five probes, twice
 * as many where reports are lost. The first refusal comes when some batches are in flight: the quota object takes a write a
 * second, and a call takes up to that long. Each accepted call ends the pauses, and lets in what other processes had reserved.
 */
const MOST_PROBES = 10;
const BATCHES_IN_FLIGHT = 4;
const AFTER_ACCEPTED = 4;

/**
 * Slots are reserved, and `jobs.run` is called, for launches: few are for nothing. No process calls `jobs.run` where it had read
 * that as many executions run as may.
 *
 * What a fault has struck is not counted.
 */
export class Waste {
  readonly #uses = new Map<string, Use>();
  /** Delivery → when it began. */
  readonly #began = new Map<string, number>();
  /** When Cloud Run refused calls because quota or room was lacking, and accepted some, by place. */
  readonly #refused = new Map<string, number[]>();
  readonly #accepted = new Map<string, number[]>();
  /** Place → tenant → its assignment, and since when it says, unchanged, that an execution runs. */
  readonly #open = new Map<string, Map<string, { since: number; assignment: Assignment }>>();
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  began(process: string): void {
    this.#began.set(process, this.#now());
  }

  /** A write of the quota object may take none, and report an answer. */
  reserved(slots: number, { process }: WireCall): void {
    const use = this.#useOf(process);
    if (slots > 0) use.reservations++;
    use.reserved += slots;
  }

  assigned({ after }: AssignmentChange): void {
    const job = this.#jobOf(after);
    if (job === undefined) return;
    const where = projectRegionOf(job);
    const open = this.#open.get(where) ?? new Map<string, { since: number; assignment: Assignment }>();
    this.#open.set(where, open);
    const key = `${after.runtime}/${after.tenant}`;
    if (isActive(after)) open.set(key, { since: this.#now(), assignment: after });
    else open.delete(key);
  }

  /** `jobs.run` leaves a process. */
  called({ process, resource, id }: WireCall): void {
    this.#useOf(process).called++;
    const { faults, config } = this.#context.world;
    const began = this.#began.get(process);
    const open = this.#open.get(projectRegionOf(resource));
    if (began === undefined || open === undefined || open.size <= config.maxRunning || faults.hasInjected(process))
      return;
    const known = [...open.values()].filter(
      ({ since, assignment }) => since < began && this.#isKnown(assignment),
    ).length;
    if (known >= config.maxRunning)
      this.#context.violate('waste', `${id} calls jobs.run, and ${known} executions were known to run there`);
  }

  /** A claim without an execution is found by asking Cloud Run. A reconcile leaves out tenants that it cannot read. */
  #isKnown(assignment: Assignment): boolean {
    const { launchId, execution } = assignment;
    const { launches } = this.#context.world.watch;
    if (this.#jobOf(assignment) === undefined) return false;
    const made = launches.everMade.get(execution ?? '') ?? launches.ofLaunch.get(launchId ?? '');
    return made !== undefined && made.completedAt === null;
  }

  /** A write met another's. */
  conflicted({ process }: WireCall): void {
    this.#useOf(process).conflicts++;
  }

  /** Cloud Run has answered a call. */
  answered({ resource }: WireCall, answer: unknown): void {
    const where = projectRegionOf(resource);
    if (!(answer instanceof ServerError)) this.#recent(this.#accepted, where, true);
    else if (answer.message.startsWith('the quota')) this.#refuse(where);
  }

  #refuse(where: string): void {
    const refused = this.#recent(this.#refused, where, true);
    const accepted = this.#recent(this.#accepted, where, false);
    const most = MOST_PROBES + BATCHES_IN_FLIGHT * this.#batch() + AFTER_ACCEPTED * accepted;
    if (refused <= most) return;
    const what = `${refused} calls of jobs.run in ${where} were refused in 5 minutes`;
    this.#context.violate('waste', `${what}, not ${most}, beside ${accepted} that were accepted`);
  }

  /** How many there were in the window. @param isOneMore one comes just now. */
  #recent(times: Map<string, number[]>, where: string, isOneMore: boolean): number {
    const recent = (times.get(where) ?? []).filter((time) => time > this.#now() - WINDOW_MS);
    if (isOneMore) recent.push(this.#now());
    times.set(where, recent);
    return recent.length;
  }

  /** A delivery has ended by itself. */
  ended(process: string): void {
    const use = this.#uses.get(process);
    this.#uses.delete(process);
    if (use === undefined || this.#context.world.faults.hasInjected(process)) return;
    const unused = use.reserved - use.called;
    const most = this.#batch() + SPARE_SLOTS + use.reservations + use.conflicts;
    if (unused > most)
      this.#context.violate('waste', `${process} left ${unused} of ${use.reserved} slots unused, not ${most}`);
  }

  #batch(): number {
    return Math.ceil(this.#context.world.config.runsPerMinute / BATCHES_A_MINUTE);
  }

  /** The job whose execution the assignment is about. */
  #jobOf({ runtime, tenant }: Assignment): string | undefined {
    const registration = this.#context.world.buckets.get(buckets.control, names.tenant(runtime, tenant));
    return parsed<Tenant>(registration?.body)?.job;
  }

  #useOf(process: string): Use {
    const use = this.#uses.get(process) ?? { reservations: 0, reserved: 0, called: 0, conflicts: 0 };
    this.#uses.set(process, use);
    return use;
  }

  #now(): number {
    return this.#context.world.timeline.now;
  }
}
