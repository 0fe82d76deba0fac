import { assignmentOfJob } from '../../core/adoption/assignment-of-job.ts';
import type { Ledger } from '../../core/promotion/ledger.ts';
import type { PlannedAssignment } from '../../core/records/assignment.ts';
import type { FleetSnapshot, LaunchControls } from '../../core/rollout/fleet-snapshot.ts';
import type { LaunchAction } from '../../core/rollout/reconcile.ts';
import { failedRevisions } from '../../core/rollout/wave-gate.ts';
import type { Assignments, FleetRegistry } from '../../ports/fleet.ts';
import type { Ledgers } from '../../ports/ledger.ts';
import type { Clock } from '../../ports/system.ts';
import { ContentionTracker } from './contention.ts';
import { readLaunchControls } from './freeze.ts';

export type GateDeps = { ledgers: Ledgers; fleet: FleetRegistry; assignments: Assignments; clock: Clock };

/** Everything that may block an assignment or a launch after the plan was made. */
type Controls = LaunchControls & { ledger: Ledger; holds: ReadonlySet<string> };

/**
 * Checks controls and ledger again before each assignment and launch, because a launch may be hours after its plan.
 *
 * `canAssign`, `canLaunch` and `launchRule` throw `ControlsUnreadableError` if the controls are over 5 s old.
 */
export type LaunchGate = {
  readonly contention: ContentionTracker;
  /** Reads controls and assignments in the background, if they are older than their interval. Call it ahead of a slot. */
  refresh(): void;
  /** True if the tenant is not held, the revision still is its target, and the digest is not revoked. */
  canAssign(next: PlannedAssignment): Promise<boolean>;
  /** As `canAssign`; also false under a freeze or lockdown, and for a first launch of a revision past its maxFailures. */
  canLaunch(launch: PlannedLaunch): Promise<boolean>;
  /** Returns `canLaunch` as a synchronous function over the controls of this moment. */
  launchRule(): Promise<(launch: PlannedLaunch) => boolean>;
};

/** The gate blocks a first launch once its revision has failed. */
type PlannedLaunch = Pick<LaunchAction, 'next' | 'isFirst'>;

/** The controls could not be read for 30 s. Launches need controls of the last 5 s. */
export class ControlsUnreadableError extends Error {
  override readonly name = 'ControlsUnreadableError';
  readonly code = 'CONTROLS_UNREADABLE';
}

/** From this age on the controls are read again in the background. */
const REFRESH_MS = 2_000;
/** Controls are never used beyond this age, so an operator's control takes effect within 5 s. */
const MAX_AGE_MS = 5_000;
const READ_TIMEOUT_MS = 30_000;
const POLL_MS = 50;

type Known = Controls & { readAt: number };

/** @param fleet the snapshot that the plan was made from, read at `readAt` or later. */
export function createLaunchGate(fleet: FleetSnapshot, readAt: Date, deps: GateDeps): LaunchGate {
  const { runtime, tenants } = fleet;
  const controls = new ControlsCache(runtime, { ...fleet, readAt: readAt.getTime() }, deps);
  const contention = new ContentionTracker(runtime, fleet.stored, readAt, deps);
  const jobs = new Map(tenants.map(({ tenant, job }) => [tenant, job]));
  const failedNow = memoized((stored: FleetSnapshot['stored'], ledger: Ledger) => {
    const ofJob = [...stored].map(
      ([tenant, { value }]) => [tenant, assignmentOfJob(value, jobs.get(tenant) ?? '')] as const,
    );
    return failedRevisions(tenants, new Map(ofJob), ledger);
  });
  const isWanted = ({ tenant, revision, digest }: PlannedAssignment, known: Known) =>
    !known.holds.has(tenant) &&
    !known.revokedDigests.has(digest) &&
    known.ledger.targetOf(tenant)?.revision === revision;
  const hasFailed = ({ revision }: PlannedAssignment, { ledger }: Known) =>
    failedNow(contention.stored, ledger).has(revision);
  const launchRule = async () => {
    const known = await controls.fresh();
    contention.refresh();
    return ({ next, isFirst }: PlannedLaunch) =>
      !known.frozen && isWanted(next, known) && !(isFirst && hasFailed(next, known));
  };
  return {
    contention,
    refresh: () => {
      controls.refresh();
      contention.refresh();
    },
    canAssign: async (next) => isWanted(next, await controls.fresh()),
    canLaunch: async (launch) => (await launchRule())(launch),
    launchRule,
  };
}

/** The newest controls. Reads overlap, so that a hanging one does not delay the next. */
class ControlsCache {
  readonly #runtime: string;
  readonly #deps: GateDeps;
  #known: Known;
  #startedAt: number;
  #failure: unknown;

  constructor(runtime: string, known: Known, deps: GateDeps) {
    this.#runtime = runtime;
    this.#deps = deps;
    this.#known = known;
    this.#startedAt = known.readAt;
  }

  refresh(): void {
    if (this.#now() - this.#startedAt > REFRESH_MS) void this.#read();
  }

  async fresh(): Promise<Known> {
    const timeoutAt = this.#now() + READ_TIMEOUT_MS;
    this.refresh();
    while (this.#now() - this.#known.readAt > MAX_AGE_MS) {
      if (this.#now() >= timeoutAt) throw this.#unreadable();
      await this.#deps.clock.sleep(POLL_MS);
      this.refresh();
    }
    return this.#known;
  }

  async #read(): Promise<void> {
    const readAt = this.#now();
    this.#startedAt = readAt;
    try {
      const controls = await readControls(this.#runtime, this.#deps);
      if (readAt > this.#known.readAt) this.#known = { ...controls, readAt };
    } catch (error) {
      this.#failure = error;
    }
  }

  #unreadable(): ControlsUnreadableError {
    const age = this.#now() - this.#known.readAt;
    const message = `the controls of ${this.#runtime} are ${age} ms old and no read has ended in ${READ_TIMEOUT_MS} ms`;
    return new ControlsUnreadableError(message, { cause: this.#failure });
  }

  #now(): number {
    return this.#deps.clock.now().getTime();
  }
}

async function readControls(runtime: string, { ledgers, fleet }: GateDeps): Promise<Controls> {
  const [ledger, holds, controls] = await Promise.all([
    ledgers.read(runtime),
    fleet.holds(runtime),
    readLaunchControls(runtime, fleet),
  ]);
  return { ledger, holds, ...controls };
}

/** Computes again only if an argument is another object. */
function memoized<A, B, T>(compute: (a: A, b: B) => T): (a: A, b: B) => T {
  let last: { a: A; b: B; value: T } | undefined;
  return (a, b) => {
    if (last?.a !== a || last.b !== b) last = { a, b, value: compute(a, b) };
    return last.value;
  };
}
