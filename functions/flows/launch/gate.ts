import type { Ledger } from '../../core/promotion/ledger.ts';
import type { PlannedAssignment } from '../../core/records/assignment.ts';
import type { FleetSnapshot, StoredAssignments } from '../../core/rollout/fleet-snapshot.ts';
import type { LaunchAction } from '../../core/rollout/reconcile.ts';
import { failedRevisions } from '../../core/rollout/wave-gate.ts';
import type { Assignments } from '../../ports/fleet.ts';
import type { Clock } from '../../ports/system.ts';
import type { ControlDeps, Controls } from '../read-fleet.ts';
import { ContentionTracker } from './contention.ts';
import { ControlsCache } from './controls.ts';

export type GateDeps = ControlDeps & { assignments: Assignments; clock: Clock };

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

/** @param fleet the snapshot that the plan was made from, read at `readAt` or later. */
export function createLaunchGate(fleet: FleetSnapshot, readAt: Date, deps: GateDeps): LaunchGate {
  const { runtime, tenants } = fleet;
  const controls = new ControlsCache(runtime, { ...fleet, readAt: readAt.getTime() }, deps);
  const contention = new ContentionTracker(fleet, readAt, deps);
  const failedNow = memoized((stored: StoredAssignments, ledger: Ledger) =>
    failedRevisions(
      tenants.map(({ tenant }) => ({ target: ledger.targetOf(tenant), assignment: stored.get(tenant)?.value })),
    ),
  );
  const isWanted = ({ tenant, revision, digest }: PlannedAssignment, known: Controls) =>
    !known.holds.has(tenant) &&
    !known.revokedDigests.has(digest) &&
    known.ledger.targetOf(tenant)?.revision === revision;
  const hasFailed = ({ revision }: PlannedAssignment, { ledger }: Controls) =>
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

/** Computes again only if an argument is another object. */
function memoized<A, B, T>(compute: (a: A, b: B) => T): (a: A, b: B) => T {
  let last: { a: A; b: B; value: T } | undefined;
  return (a, b) => {
    if (last?.a !== a || last.b !== b) last = { a, b, value: compute(a, b) };
    return last.value;
  };
}
