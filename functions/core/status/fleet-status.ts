import { type Assignment, idleAdoption, isInFlight } from '../records/assignment.ts';
import type { Unreadable } from '../records/codec.ts';
import { REVOKED } from '../records/guard.ts';
import type { LedgerEntry } from '../records/ledger-entry.ts';
import type { Tenant } from '../records/tenant.ts';
import { type FleetSnapshot, unreadableTenants } from '../rollout/fleet-snapshot.ts';
import { lastGoodBefore } from '../rollout/wave-gate.ts';
import { ADOPTIONS, type Adoption, isVerdict } from '../values/adoption.ts';
import type { Reason } from '../values/reason.ts';
import type { RolloutState } from './rollout-status.ts';
import { type RolloutView, stateOf, viewRollouts } from './rollout-status.ts';
import type { TenantView } from './tenant-view.ts';

export type FleetView = {
  runtime: string;
  /** The newest promotion's revision; null if there is none. */
  revision: number | null;
  environmentTarUrl: string | null;
  environmentTarDigest: string | null;
  state: RolloutState;
  /** Every live target, the newest promotion first; `revision` and `state` above are the newest promotion's. */
  rollouts: RolloutView[];
  tenants: TenantView[];
  /** Registrations and assignments that cannot be read; their tenants are not in `tenants`. */
  unreadable: Unreadable[];
};

/** A fleet in numbers, for logs and alerts. */
export type FleetSummary = {
  runtime: string;
  /** The newest promotion's; null if there is none. */
  revision: number | null;
  state: RolloutState;
  /** Live targets whose rollout is HALTED. */
  halted: number;
  tenants: number;
  adopted: number;
  refused: number;
  failed: number;
  unproven: number;
  /** Objects that cannot be read; their tenants are not counted above. */
  unreadable: number;
};

/** The status of a fleet, worst tenants first. */
export function viewFleet(fleet: FleetSnapshot): FleetView {
  const { runtime, ledger, unreadable } = fleet;
  const pin = ledger.latest && ledger.resolve(ledger.latest);
  /** The targets of tenants that cannot be read. */
  const unknown = new Set(
    [...unreadableTenants(runtime, unreadable)].map((tenant) => ledger.targetOf(tenant)?.revision),
  );
  const tenants = fleet.tenants.map((one) => viewTenant(one, ledger.targetOf(one.tenant), fleet)).sort(worstFirst);
  return {
    runtime,
    revision: pin?.revision ?? null,
    environmentTarUrl: pin?.environmentTarUrl ?? null,
    environmentTarDigest: pin?.environmentTarDigest ?? null,
    state: pin === undefined ? 'PENDING' : pauseIfUnknown(stateOf(tenants, pin), pin.revision, unknown),
    rollouts: viewRollouts(fleet, tenants).map((rollout) => {
      return { ...rollout, state: pauseIfUnknown(rollout.state, rollout.revision, unknown) };
    }),
    tenants,
    unreadable: [...unreadable],
  };
}

export function summarizeFleet(fleet: FleetSnapshot): FleetSummary {
  const { runtime, revision, state, rollouts, tenants, unreadable } = viewFleet(fleet);
  const count = (adoption: Adoption) => tenants.filter((tenant) => tenant.adoption === adoption).length;
  return {
    runtime,
    revision,
    state,
    halted: rollouts.filter((rollout) => rollout.state === 'HALTED').length,
    tenants: tenants.length,
    adopted: count('ADOPTED'),
    refused: count('REFUSED'),
    failed: count('FAILED'),
    unproven: count('UNPROVEN'),
    unreadable: unreadable.length,
  };
}

/** PAUSED instead of complete if a tenant is unreadable, because an operator must repair its object first. */
function pauseIfUnknown(state: RolloutState, revision: number, unknown: ReadonlySet<number | undefined>): RolloutState {
  const isComplete = state === 'SUCCEEDED' || state === 'SUPERSEDED';
  return isComplete && unknown.has(revision) ? 'PAUSED' : state;
}

function viewTenant({ tenant }: Tenant, target: LedgerEntry | undefined, fleet: FleetSnapshot): TenantView {
  const assignment = fleet.stored.get(tenant)?.value;
  return {
    tenant,
    target: target?.revision ?? null,
    revision: assignment?.revision ?? null,
    adoption: displayedAdoption(assignment, target, fleet.holds.has(tenant)),
    outcome: assignment?.outcome ?? null,
    execution: assignment?.execution ?? null,
    digest: assignment?.proof?.digest ?? null,
    proof: assignment?.proof ?? null,
    launchAttempt: assignment?.launchAttempt ?? 0,
    reason: reasonFor(assignment, target, fleet),
    lastGood: (assignment && lastGoodBefore(assignment, target?.revision)) ?? null,
    assignedAt: assignment?.assignedAt ?? null,
    updatedAt: assignment?.updatedAt ?? null,
  };
}

/** The reason of the target's revision, or REVOKED or FROZEN. Reasons of other revisions say nothing about the target. */
function reasonFor(
  assignment: Assignment | undefined,
  target: LedgerEntry | undefined,
  { revokedDigests, frozen }: FleetSnapshot,
): Reason | null {
  const isOnTarget = target === undefined || assignment?.revision === target.revision;
  const hasRun = isOnTarget && assignment !== undefined && (isVerdict(assignment.adoption) || isInFlight(assignment));
  if (target !== undefined && revokedDigests.has(target.environmentTarDigest) && !hasRun) {
    return { code: REVOKED, message: `the digest of revision ${target.revision} is revoked: promote another pin` };
  }
  if (target !== undefined && target.rollout.launch !== 'none' && frozen && !hasRun) return FROZEN;
  return isOnTarget ? (assignment?.reason ?? null) : null;
}

const FROZEN: Reason = { code: 'FROZEN', message: 'nothing is launched until the freeze or lockdown ends' };

/** The adoption of the target's revision. Verdicts on other revisions say nothing about the target. */
function displayedAdoption(
  assignment: Assignment | undefined,
  target: LedgerEntry | undefined,
  held: boolean,
): Adoption {
  if (assignment !== undefined && (target === undefined || assignment.revision === target.revision)) {
    const isIdle = !isVerdict(assignment.adoption) && !isInFlight(assignment);
    return held && isIdle ? 'HELD' : assignment.adoption;
  }
  if (held) return 'HELD';
  return idleAdoption({ proof: assignment?.proof ?? null });
}

function worstFirst(a: TenantView, b: TenantView): number {
  return ADOPTIONS.indexOf(a.adoption) - ADOPTIONS.indexOf(b.adoption) || (a.tenant < b.tenant ? -1 : 1);
}
