import { REVOKED } from '../records/guard.ts';
import type { LedgerEntry } from '../records/ledger-entry.ts';
import type { LaunchMode } from '../records/rollout-policy.ts';
import type { FleetSnapshot } from '../rollout/fleet-snapshot.ts';
import { gateVerdict, isOpen } from '../rollout/wave-gate.ts';
import { comparePublishOrder } from '../values/publish-time.ts';
import type { TenantView } from './tenant-view.ts';

/** The state of a revision among its tenants (docs/architecture.md, Rollouts). SOAKING and ABORTED come with waves. */
export type RolloutState =
  | 'PENDING'
  | 'IN_PROGRESS'
  | 'SOAKING'
  | 'PAUSED'
  | 'HALTED'
  | 'ROLLED_BACK'
  | 'SUCCEEDED'
  | 'SUPERSEDED'
  | 'ABORTED';

/** An earlier pin that tenants passed. */
type GoodRevision = {
  revision: number;
  environmentTarUrl: string;
  environmentTarDigest: string;
  /** The number of the rollout's tenants that have it as their last good revision. */
  tenants: number;
};

/** A live target: the target revision of at least one registered tenant. */
export type RolloutView = {
  revision: number;
  environmentTarUrl: string;
  environmentTarDigest: string;
  state: RolloutState;
  launch: LaunchMode;
  promotedBy: string | null;
  promotedAt: string;
  /** The promoter's reason. */
  reason: string | null;
  /** The tenants whose target it is, worst first. */
  tenants: string[];
  /** The earlier revision that most of these tenants passed last: ADOPTED, and the workload SUCCEEDED. */
  lastGood: GoodRevision | null;
  /** The revision before it, passed or not. */
  previous: number | null;
};

/** Every live target of a fleet, the newest promotion first; no revoked digest is offered. @param tenants worst first. */
export function viewRollouts(
  { ledger: { newestFirst }, revokedDigests }: Pick<FleetSnapshot, 'ledger' | 'revokedDigests'>,
  tenants: readonly TenantView[],
): RolloutView[] {
  const members = Map.groupBy(tenants, ({ target }) => target);
  const promotable = newestFirst.filter(({ environmentTarDigest }) => !revokedDigests.has(environmentTarDigest));
  return newestFirst.flatMap((entry) => {
    const own = members.get(entry.revision);
    return own === undefined ? [] : [viewRollout(entry, own, promotable)];
  });
}

function viewRollout(
  pin: LedgerEntry,
  members: readonly TenantView[],
  promotable: readonly LedgerEntry[],
): RolloutView {
  return {
    revision: pin.revision,
    environmentTarUrl: pin.environmentTarUrl,
    environmentTarDigest: pin.environmentTarDigest,
    state: stateOf(members, pin),
    launch: pin.rollout.launch,
    promotedBy: pin.promotedBy ?? null,
    promotedAt: pin.publishTime,
    reason: pin.reason ?? null,
    tenants: members.map(({ tenant }) => tenant),
    lastGood: lastGoodOf(members, promotable),
    previous: pinBefore(pin, promotable)?.revision ?? null,
  };
}

function lastGoodOf(members: readonly TenantView[], newestFirst: readonly LedgerEntry[]): GoodRevision | null {
  const counts = Map.groupBy(members, ({ lastGood }) => lastGood);
  const known = newestFirst.filter(({ revision }) => counts.has(revision));
  const [best] = known.sort((a, b) => (counts.get(b.revision)?.length ?? 0) - (counts.get(a.revision)?.length ?? 0));
  if (best === undefined) return null;
  const { revision, environmentTarUrl, environmentTarDigest } = best;
  return { revision, environmentTarUrl, environmentTarDigest, tenants: counts.get(revision)?.length ?? 0 };
}

/** The newest older entry with other bytes. */
function pinBefore(pin: LedgerEntry, promotable: readonly LedgerEntry[]): LedgerEntry | undefined {
  return promotable.find(
    (entry) => comparePublishOrder(entry, pin) < 0 && entry.environmentTarDigest !== pin.environmentTarDigest,
  );
}

/** The rollout state of a revision, by the tenants whose target it is. */
export function stateOf(tenants: readonly TenantView[], pin: LedgerEntry): RolloutState {
  const members = tenants.filter(({ target }) => target === pin.revision);
  if (members.length === 0) return 'SUPERSEDED';
  if (gateVerdict(members, pin.rollout.maxFailures) === 'FAIL') return 'HALTED';
  const open = members.filter(isOpen);
  if (open.length === 0) return 'SUCCEEDED';
  return open.every(isStalled) ? 'PAUSED' : 'IN_PROGRESS';
}

/** True if only an operator can continue: the tenant is held, its pin is revoked, or its outcome is unknown. */
function isStalled({ adoption, outcome, reason }: TenantView): boolean {
  if (reason?.code === REVOKED) return true;
  return adoption === 'HELD' || (adoption === 'ADOPTED' && outcome === null);
}
