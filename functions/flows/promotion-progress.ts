import { isVerdict } from '../core/adoption.ts';
import { type TenantView, viewFleet } from '../core/fleet-view.ts';
import type { LedgerEntry } from '../core/ledger-entry.ts';
import type { Rejection } from '../core/rejection.ts';
import { covers } from '../core/target.ts';
import { assignmentsOf, type GatheredFleet } from './gather-fleet.ts';

/** A promotion that was published, as its publisher knows it. */
export type PublishedPromotion = {
  runtime: string;
  promotionId: string;
  messageId: string;
  /** `promotionContent` of it: the same id may be in the ledger with other content. */
  content: string;
};

export type ScopedTenant = TenantView & {
  /** The revision that a later promotion wants for this tenant instead. */
  supersededBy: number | null;
};

export type RecordedPromotion = {
  kind: 'recorded';
  entry: LedgerEntry;
  /** The entry whose pin the tenants run: another one where the promotion repeats a pin. */
  pin: LedgerEntry;
  /** The registered tenants of the promotion's scope, worst first. */
  tenants: ScopedTenant[];
};

export type PromotionProgress = { kind: 'unrecorded' } | { kind: 'rejected'; rejection: Rejection } | RecordedPromotion;

export function findEntry(entries: readonly LedgerEntry[], promotion: PublishedPromotion): LedgerEntry | undefined {
  return entries.find(
    ({ promotionId, content }) => promotionId === promotion.promotionId && content === promotion.content,
  );
}

export function recordedProgress(entry: LedgerEntry, fleet: GatheredFleet): RecordedPromotion {
  const pin = fleet.entries.find(({ revision }) => revision === entry.sameAs) ?? entry;
  const view = viewFleet(entry.runtime, { ...fleet, assignments: assignmentsOf(fleet) });
  const tenants = view.tenants
    .filter(({ tenant }) => covers(entry, tenant))
    .map((tenant) => ({ ...tenant, supersededBy: tenant.target === pin.revision ? null : tenant.target }));
  return { kind: 'recorded', entry, pin, tenants };
}

/** Nothing more is to be expected: rejected, or every tenant in scope has a verdict or another target. */
export function isSettled(progress: PromotionProgress): boolean {
  if (progress.kind !== 'recorded') return progress.kind === 'rejected';
  return openTenants(progress).length === 0;
}

export function openTenants({ tenants }: RecordedPromotion): ScopedTenant[] {
  return tenants.filter(({ adoption, supersededBy }) => supersededBy === null && !isVerdict(adoption));
}

/** Nobody in scope is not everybody adopted: unknown is never rounded up. */
export function isAdoptedByAll({ tenants }: RecordedPromotion): boolean {
  return (
    tenants.length > 0 && tenants.every(({ adoption, supersededBy }) => supersededBy === null && adoption === 'ADOPTED')
  );
}
