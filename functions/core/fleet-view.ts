import { ADOPTIONS, type Adoption, isVerdict } from './adoption.ts';
import { type Assignment, isUnderWay, type Reason, restingAdoption } from './assignment.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import type { Outcome } from './outcome.ts';
import type { RolloutState } from './rollout.ts';
import { latestOf, targetFinder } from './target.ts';
import type { Tenant } from './tenant.ts';
import { gateVerdict, isOpen } from './wave-gate.ts';

export type TenantView = {
  tenant: string;
  /** The revision it should end on, and the one it is assigned. */
  target: number | null;
  revision: number | null;
  adoption: Adoption;
  outcome: Outcome | null;
  execution: string | null;
  /** The digest that its newest valid receipt proves. */
  digest: string | null;
  launchAttempt: number;
  reason: Reason | null;
  updatedAt: string | null;
};

export type FleetView = {
  runtime: string;
  /** The newest promotion's revision; null where nothing was ever promoted. */
  revision: number | null;
  environmentTarUrl: string | null;
  environmentTarDigest: string | null;
  state: RolloutState;
  tenants: TenantView[];
};

type FleetState = {
  entries: readonly LedgerEntry[];
  tenants: readonly Tenant[];
  assignments: ReadonlyMap<string, Assignment>;
  holds: ReadonlySet<string>;
};

/** The fleet as a person or a script sees it, worst tenants first. */
export function viewFleet(runtime: string, fleet: FleetState): FleetView {
  const targetOf = targetFinder(fleet.entries);
  const latest = latestOf(fleet.entries);
  const pin = latest && (fleet.entries.find(({ revision }) => revision === latest.sameAs) ?? latest);
  const tenants = fleet.tenants.map(({ tenant }) => viewTenant(tenant, targetOf(tenant), fleet)).sort(worstFirst);
  return {
    runtime,
    revision: pin?.revision ?? null,
    environmentTarUrl: pin?.environmentTarUrl ?? null,
    environmentTarDigest: pin?.environmentTarDigest ?? null,
    state: pin === undefined ? 'PENDING' : stateOf(tenants, pin),
    tenants,
  };
}

function viewTenant(tenant: string, target: LedgerEntry | undefined, fleet: FleetState): TenantView {
  const assignment = fleet.assignments.get(tenant);
  return {
    tenant,
    target: target?.revision ?? null,
    revision: assignment?.revision ?? null,
    adoption: adoptionOf(assignment, target, fleet.holds.has(tenant)),
    outcome: assignment?.outcome ?? null,
    execution: assignment?.execution ?? null,
    digest: assignment?.proof?.digest ?? null,
    launchAttempt: assignment?.launchAttempt ?? 0,
    reason: assignment?.reason ?? null,
    updatedAt: assignment?.updatedAt ?? null,
  };
}

/** A verdict about another revision than the target's says nothing about the target. */
export function adoptionOf(
  assignment: Assignment | undefined,
  target: LedgerEntry | undefined,
  held: boolean,
): Adoption {
  if (assignment !== undefined && (target === undefined || assignment.revision === target.revision)) {
    const isIdle = !isVerdict(assignment.adoption) && !isUnderWay(assignment);
    return held && isIdle ? 'HELD' : assignment.adoption;
  }
  if (held) return 'HELD';
  return restingAdoption({ proof: assignment?.proof ?? null });
}

function worstFirst(a: TenantView, b: TenantView): number {
  return ADOPTIONS.indexOf(a.adoption) - ADOPTIONS.indexOf(b.adoption) || (a.tenant < b.tenant ? -1 : 1);
}

/** How far a revision is among the tenants that should end on it. */
export function stateOf(tenants: readonly TenantView[], pin: LedgerEntry): RolloutState {
  const members = tenants.filter(({ target }) => target === pin.revision);
  if (members.length === 0) return 'SUPERSEDED';
  if (gateVerdict(members, pin.rollout.maxFailures) === 'FAIL') return 'HALTED';
  const open = members.filter(isOpen);
  if (open.length === 0) return 'SUCCEEDED';
  return open.every(isStalled) ? 'PAUSED' : 'IN_PROGRESS';
}

/** Open, and nothing will happen by itself: the tenant is held, or its execution's end is unknown. */
function isStalled({ adoption, outcome }: TenantView): boolean {
  return adoption === 'HELD' || (adoption === 'ADOPTED' && outcome === null);
}
