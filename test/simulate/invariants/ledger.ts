import type { LedgerEntry } from '#functions/core/records/ledger-entry.ts';
import type { StoredObject } from '../model/cloud/buckets.ts';
import type { AssignmentChange, Context } from './watch.ts';

/**
 * The ledger only grows, and holds every promotion once. A duplicate or late event never changes the target of a tenant
 * that a later one covers: assignments move only forward.
 */
export class Ledger {
  /** In the order they were recorded. */
  readonly entries = new Map<string, LedgerEntry[]>();
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  changed(name: string, before: StoredObject | null, after: StoredObject | null): void {
    if (before !== null || after === null) {
      this.#context.violate('ledger', `${name} was changed or deleted`);
      return;
    }
    const entry = JSON.parse(after.body) as LedgerEntry;
    const entries = this.entries.get(entry.runtime) ?? [];
    const twin = entries.find(({ promotionId }) => promotionId === entry.promotionId);
    if (twin !== undefined) {
      this.#context.violate('ledger', `${name} records ${entry.promotionId}, which is revision ${twin.revision}`);
    }
    this.entries.set(entry.runtime, [...entries, entry]);
  }

  assigned({ before, after }: AssignmentChange): void {
    if (before?.revision === after.revision) return;
    const history = this.#targets(after.runtime, after.tenant);
    const next = history.indexOf(after.revision);
    const last = before === null ? -1 : history.indexOf(before.revision);
    if (next > last) return;
    const said = `revision ${before?.revision ?? 'none'} → ${after.revision}, its targets were ${history.join(', ')}`;
    this.#context.violate('target', `${after.runtime}/${after.tenant} was moved back: ${said}`);
  }

  /** What the tenant should end on now, found independently of the product's rules. */
  target(runtime: string, tenant: string): number | undefined {
    return this.#targets(runtime, tenant).at(-1);
  }

  /** Every target that the tenant has had, as entry after entry was recorded. */
  #targets(runtime: string, tenant: string): number[] {
    const history: number[] = [];
    let last: LedgerEntry | undefined;
    for (const entry of this.entries.get(runtime) ?? []) {
      if (entry.tenants !== undefined && !entry.tenants.includes(tenant)) continue;
      if (last !== undefined && !isLater(entry, last)) continue;
      last = entry;
      const revision = entry.sameAs ?? entry.revision;
      if (history.at(-1) !== revision) history.push(revision);
    }
    return history;
  }
}

function isLater(a: LedgerEntry, b: LedgerEntry): boolean {
  if (a.publishTime !== b.publishTime) return a.publishTime > b.publishTime;
  return BigInt(a.messageId) > BigInt(b.messageId);
}
