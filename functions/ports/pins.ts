import type { LedgerEntry } from '../core/ledger-entry.ts';

/** The ledger: it only grows. */
export type Pins = {
  list(runtime: string): Promise<LedgerEntry[]>;
  /** `exists`: somebody else took the revision; read the ledger and decide again. */
  create(entry: LedgerEntry): Promise<'created' | 'exists'>;
};
