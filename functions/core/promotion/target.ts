import type { LedgerEntry } from '../records/ledger-entry.ts';
import { comparePublishOrder } from '../values/publish-time.ts';

type Scoped = Pick<LedgerEntry, 'tenants'>;

/** Whether a promotion includes this tenant; without a scope it includes everyone. */
export function covers(entry: Scoped, tenant: string): boolean {
  return entry.tenants === undefined || entry.tenants.includes(tenant);
}

/**
 * The pin that a tenant should end on: of the entries that include it, the one published last. The order in which
 * events were delivered or recorded never matters. An entry that repeats a pin stands for the entry it repeats.
 */
export function targetOf(entries: readonly LedgerEntry[], tenant: string): LedgerEntry | undefined {
  return resolveSame(entries, latestOf(entries.filter((entry) => covers(entry, tenant))));
}

/** `targetOf` for many tenants: the ledger is sorted once, and entries for everyone end the search. */
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
