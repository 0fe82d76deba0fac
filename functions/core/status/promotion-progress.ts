import { covers, type Ledger } from '../promotion/ledger.ts';
import type { LedgerEntry } from '../records/ledger-entry.ts';
import type { Rejection } from '../records/rejection.ts';
import { type FleetSnapshot, unreadableTenants } from '../rollout/fleet-snapshot.ts';
import { type FleetView, viewFleet } from './fleet-status.ts';
import type { RolloutState } from './rollout-status.ts';
import type { TenantView } from './tenant-view.ts';

/** A published promotion. */
export type PublishedPromotion = {
  runtime: string;
  promotionId: string;
  messageId: string;
  /** Its `promotionFingerprint`, because the ledger may have the same id with other content. */
  content: string;
};

export type ScopedTenant = TenantView & {
  /** The tenant's target by a later promotion. */
  supersededBy: number | null;
};

export type RecordedPromotion = {
  kind: 'recorded';
  entry: LedgerEntry;
  /** The entry whose pin the tenants run: `sameAs` if the promotion repeats a pin. */
  pin: LedgerEntry;
  /** The state of the pin's rollout. */
  state: RolloutState;
  /** The registered tenants of the promotion's scope, worst first. */
  tenants: ScopedTenant[];
  /** The tenants of the scope whose registration or assignment cannot be read. */
  unknown: string[];
  fleet: FleetView;
};

export type PromotionProgress = { kind: 'unrecorded' } | { kind: 'rejected'; rejection: Rejection } | RecordedPromotion;

export function findEntry({ entries }: Ledger, promotion: PublishedPromotion): LedgerEntry | undefined {
  return entries.find(
    ({ promotionId, content }) => promotionId === promotion.promotionId && content === promotion.content,
  );
}

export function recordedProgress(entry: LedgerEntry, snapshot: FleetSnapshot): RecordedPromotion {
  const pin = snapshot.ledger.resolve(entry);
  const fleet = viewFleet(snapshot);
  const tenants = fleet.tenants
    .filter(({ tenant }) => covers(entry, tenant))
    .map((tenant) => ({ ...tenant, supersededBy: tenant.target === pin.revision ? null : tenant.target }));
  const state = fleet.rollouts.find(({ revision }) => revision === pin.revision)?.state ?? 'SUPERSEDED';
  const unknown = [...unreadableTenants(entry.runtime, fleet.unreadable)].filter((tenant) => covers(entry, tenant));
  return { kind: 'recorded', entry, pin, state, tenants, unknown, fleet };
}
