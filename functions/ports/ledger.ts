import type { Ledger } from '../core/promotion/ledger.ts';
import type { LedgerEntry } from '../core/records/ledger-entry.ts';
import type { Rejection } from '../core/records/rejection.ts';
import type { PublishOrder } from '../core/values/publish-time.ts';

/** The ledger of each runtime. Entries are created, never changed. */
export type Ledgers = {
  read(runtime: string): Promise<Ledger>;
  /** `exists`: another process created this revision; read the ledger and decide again. */
  create(entry: LedgerEntry): Promise<'created' | 'exists'>;
};

export type Rejections = {
  /** Keeping the same rejection again changes nothing. */
  keep(rejection: Rejection): Promise<void>;
  find(messageId: string): Promise<Rejection | undefined>;
  /** Deletes the rejection of a promotion that the ledger has. */
  withdraw(message: PublishOrder): Promise<void>;
  /** The newest first, at most `most`; their data and faults may be clipped. */
  list(most: number): Promise<Rejection[]>;
};
