import type { StoredReceipt } from '#functions/core/adoption/validate-receipt.ts';
import { type Assignment, assignmentSchema } from '#functions/core/records/assignment.ts';
import { formatRecord, parseRecord } from '#functions/core/records/codec.ts';
import { type Guard, openGuard } from '#functions/core/records/guard.ts';
import { type LaunchRecord, launchRecordSchema } from '#functions/core/records/launch.ts';
import { type LedgerEntry, ledgerEntrySchema } from '#functions/core/records/ledger-entry.ts';
import { names } from '#functions/core/records/object-names.ts';
import { type Rejection, rejectionSchema } from '#functions/core/records/rejection.ts';
import type { Tenant } from '#functions/core/records/tenant.ts';
import type { PromoteDeps } from '#functions/flows/promotion/promote.ts';
import type { RecheckDeps } from '#functions/flows/rollout/recheck-fleets.ts';
import { at } from '../fixtures/times.ts';
import { FakeJobs, fakeLauncher, type RunLimits } from './fake-jobs.ts';
import { fakeLog, type LogLine } from './fake-log.ts';
import { fakeMessages, type Published } from './fake-messages.ts';
import { createGate, type FaultSwitch, noFaults } from './gate.ts';
import { type Pick, type Played, Stage } from './stage.ts';
import { fakeAssignments } from './stores/assignments.ts';
import { FakeTars, fakeEnvironments } from './stores/environments.ts';
import { fakeFleet } from './stores/fleet.ts';
import { fakeLaunches } from './stores/launches.ts';
import { fakeLedgers } from './stores/ledgers.ts';
import { ObjectStore } from './stores/object-store.ts';
import { fakeOrphanReports } from './stores/orphan-reports.ts';
import { fakeQuota } from './stores/quota.ts';
import { fakeReceipts } from './stores/receipts.ts';
import { fakeReconcileStates } from './stores/reconcile-states.ts';
import { fakeRejections } from './stores/rejections.ts';

export type FakeCloudOptions = {
  start?: Date;
  pick?: Pick;
  limits?: Partial<RunLimits>;
  /** What the processes believe the quota to be. */
  runsPerMinute?: number;
  maxRunning?: number;
};

/** The ports of one process. */
export type FakeProcess = RecheckDeps & PromoteDeps;

/** A cloud in memory that any number of processes share; one process's faults are not another's. */
export class FakeCloud {
  readonly stage: Stage;
  readonly pins = new ObjectStore();
  readonly assignments = new ObjectStore();
  readonly control = new ObjectStore();
  readonly receipts = new ObjectStore();
  readonly tars = new FakeTars();
  readonly jobs: FakeJobs;
  readonly published: Published[] = [];
  readonly log: LogLine[] = [];
  readonly #quota: { runsPerMinute: number; maxRunning: number };
  #launchIds = 0;

  constructor(options: FakeCloudOptions = {}) {
    const { start = at(0), pick, limits, runsPerMinute = 180, maxRunning = 1_000 } = options;
    this.stage = new Stage(start, pick);
    this.jobs = new FakeJobs(this.stage.clock, limits);
    this.#quota = { runsPerMinute, maxRunning };
    this.setGuard(openGuard);
  }

  connect(process = 'process', faults: FaultSwitch = noFaults): FakeProcess {
    const gate = createGate(process, this.stage, faults);
    return {
      ledgers: fakeLedgers(this.pins, gate),
      assignments: fakeAssignments(this.assignments, gate, this.stage.clock),
      fleet: fakeFleet(this.control, this.assignments, gate),
      launches: fakeLaunches(this.control, gate),
      launcher: fakeLauncher(this.jobs, gate),
      quota: fakeQuota(this.control, gate, this.stage.clock, this.#quota),
      receipts: fakeReceipts(this.receipts, gate),
      rejections: fakeRejections(this.control, gate),
      orphans: fakeOrphanReports(this.control, gate),
      reconciles: fakeReconcileStates(this.control, gate),
      environments: fakeEnvironments(this.tars, gate),
      messages: fakeMessages(this.published, gate),
      clock: this.stage.clock,
      log: fakeLog(this.log),
      newLaunchId: () => `launch-${++this.#launchIds}`,
      owner: process,
    };
  }

  run<T>(work: Promise<T>): Promise<T> {
    return this.stage.run(work);
  }

  play<T>(...works: Promise<T>[]): Promise<Played<T>[]> {
    return this.stage.play(...works);
  }

  now(): Date {
    return this.stage.clock.now();
  }

  /** Registers tenants, each with its job. */
  register(...tenants: Tenant[]): void {
    for (const tenant of tenants) {
      this.control.put(names.tenant(tenant.runtime, tenant.tenant), formatRecord(tenant));
      this.jobs.add(tenant.job);
    }
  }

  setGuard(guard: Guard): void {
    this.assignments.put(names.guard, formatRecord(guard));
  }

  hold(runtime: string, tenant: string): void {
    this.control.put(names.hold(runtime, tenant), '{}');
  }

  freeze(runtime: string): void {
    this.control.put(names.freeze(runtime), '{}');
  }

  /** As a fan-out recorded it earlier. */
  record(...entries: LedgerEntry[]): void {
    for (const entry of entries) this.pins.put(names.pin(entry.runtime, entry.revision), formatRecord(entry));
  }

  assign(...assignments: Assignment[]): void {
    for (const assignment of assignments) {
      this.assignments.put(names.assignment(assignment.runtime, assignment.tenant), formatRecord(assignment));
    }
  }

  file(...receipts: StoredReceipt[]): void {
    for (const { object, receipt } of receipts) this.receipts.put(object, formatRecord(receipt));
  }

  entries(runtime = 'codex'): LedgerEntry[] {
    return this.pins.list(names.pins(runtime)).map(({ name, text }) => parseRecord(ledgerEntrySchema, text, name));
  }

  assignment(tenant: string, runtime = 'codex'): Assignment | undefined {
    const name = names.assignment(runtime, tenant);
    const stored = this.assignments.read(name);
    return stored && parseRecord(assignmentSchema, stored.text, name);
  }

  rejections(): Rejection[] {
    return this.control.list(names.rejections).map(({ name, text }) => parseRecord(rejectionSchema, text, name));
  }

  launches(): LaunchRecord[] {
    return this.control.list('launches/').map(({ name, text }) => parseRecord(launchRecordSchema, text, name));
  }
}
