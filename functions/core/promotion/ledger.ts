import type { LedgerEntry } from '../records/ledger-entry.ts';
import { comparePublishOrder } from '../values/publish-time.ts';

type Pinned = Pick<LedgerEntry, 'environmentTarUrl' | 'environmentTarDigest'>;

/** True if the promotion's scope includes the tenant; without a scope it includes all. */
export function covers({ tenants }: Pick<LedgerEntry, 'tenants'>, tenant: string): boolean {
  return tenants === undefined || tenants.includes(tenant);
}

/** The promotions of a runtime. Their publish order counts, whatever the order of delivery and recording. */
export class Ledger {
  readonly entries: readonly LedgerEntry[];
  /** In publish order. */
  readonly newestFirst: readonly LedgerEntry[];
  #targets: { scope: ReadonlySet<string> | undefined; target: LedgerEntry }[] | undefined;

  constructor(entries: readonly LedgerEntry[]) {
    this.entries = entries;
    this.newestFirst = [...entries].sort((a, b) => comparePublishOrder(b, a));
  }

  /** The promotion that was published last. */
  get latest(): LedgerEntry | undefined {
    return this.newestFirst[0];
  }

  /** The greatest revision; 0 for an empty ledger. */
  get newestRevision(): number {
    return this.entries.reduce((newest, { revision }) => Math.max(newest, revision), 0);
  }

  find(revision: number | undefined): LedgerEntry | undefined {
    return this.entries.find((entry) => entry.revision === revision);
  }

  /** The entry whose pin this one repeats (`sameAs`), or the entry itself. */
  resolve(entry: LedgerEntry): LedgerEntry {
    return this.find(entry.sameAs) ?? entry;
  }

  /** True if an entry proves that this generation of the object has the event's digest. */
  hasHashed({ environmentTarUrl, environmentTarDigest }: Pinned, generation: string): boolean {
    return this.entries.some(
      (entry) =>
        entry.environmentTarUrl === environmentTarUrl &&
        entry.environmentTarDigest === environmentTarDigest &&
        entry.environmentGeneration === generation,
    );
  }

  /** The tenant's target: of the entries that cover it, the one published last, with `sameAs` resolved. */
  targetOf(tenant: string): LedgerEntry | undefined {
    this.#targets ??= this.#liveTargets();
    return this.#targets.find(({ scope }) => scope === undefined || scope.has(tenant))?.target;
  }

  /** No tenant looks past the newest entry without a scope. */
  #liveTargets() {
    const last = this.newestFirst.findIndex(({ tenants }) => tenants === undefined);
    return this.newestFirst.slice(0, last === -1 ? undefined : last + 1).map((entry) => ({
      scope: entry.tenants && new Set(entry.tenants),
      target: this.resolve(entry),
    }));
  }
}
