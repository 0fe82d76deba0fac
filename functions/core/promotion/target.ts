import type { LedgerEntry } from '../records/ledger-entry.ts';
import { comparePublishOrder } from '../values/publish-time.ts';

type Scoped = Pick<LedgerEntry, 'tenants'>;

/** True if the promotion's scope includes the tenant; without a scope it includes all. */
export function covers(entry: Scoped, tenant: string): boolean {
  return entry.tenants === undefined || entry.tenants.includes(tenant);
}

/**
 * The tenant's target: of the entries that cover it, the one published last. The order of delivery and recording does not
 * matter. `sameAs` is resolved.
 */
export function targetOf(entries: readonly LedgerEntry[], tenant: string): LedgerEntry | undefined {
  return resolveSame(entries, latestOf(entries.filter((entry) => covers(entry, tenant))));
}

/** `targetOf` for many tenants: sorts the ledger once, and stops at the newest entry without a scope. */
export function targetFinder(entries: readonly LedgerEntry[]): (tenant: string) => LedgerEntry | undefined {
  const newestFirst = [...entries].sort((a, b) => comparePublishOrder(b, a));
  const lastNeeded = newestFirst.findIndex((entry) => entry.tenants === undefined);
  const candidates = (lastNeeded === -1 ? newestFirst : newestFirst.slice(0, lastNeeded + 1)).map((entry) => ({
    scope: entry.tenants === undefined ? undefined : new Set(entry.tenants),
    target: resolveSame(entries, entry),
  }));
  return (tenant) => candidates.find(({ scope }) => scope === undefined || scope.has(tenant))?.target;
}

export function latestOf(entries: readonly LedgerEntry[]): LedgerEntry | undefined {
  return entries.reduce<LedgerEntry | undefined>(
    (latest, entry) => (latest === undefined || comparePublishOrder(entry, latest) > 0 ? entry : latest),
    undefined,
  );
}

export function newestRevision(entries: readonly LedgerEntry[]): LedgerEntry | undefined {
  return entries.reduce<LedgerEntry | undefined>(
    (newest, entry) => (newest === undefined || entry.revision > newest.revision ? entry : newest),
    undefined,
  );
}

function resolveSame(entries: readonly LedgerEntry[], entry: LedgerEntry | undefined): LedgerEntry | undefined {
  if (entry?.sameAs === undefined) return entry;
  return entries.find(({ revision }) => revision === entry.sameAs) ?? entry;
}
