import type { LedgerEntry } from '../core/records/ledger-entry.ts';
import type { Rejection } from '../core/records/rejection.ts';
import type { PublishOrder } from '../core/values/publish-time.ts';

/** The ledger: it only grows. */
export type Ledger = {
  list(runtime: string): Promise<LedgerEntry[]>;
  /** `exists`: somebody else took the revision; read the ledger and decide again. */
  create(entry: LedgerEntry): Promise<'created' | 'exists'>;
};

export type Rejections = {
  /** Keeping the same rejection again changes nothing. */
  keep(rejection: Rejection): Promise<void>;
  find(messageId: string): Promise<Rejection | undefined>;
  /** The promotion is in the ledger after all. */
  withdraw(message: PublishOrder): Promise<void>;
  /** The newest first, `most` of them; their data and faults may be clipped. */
  list(most: number): Promise<Rejection[]>;
};
