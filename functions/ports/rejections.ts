import type { PublishOrder } from '../core/publish-time.ts';
import type { Rejection } from '../core/rejection.ts';

export type Rejections = {
  /** Keeping the same rejection again changes nothing. */
  keep(rejection: Rejection): Promise<void>;
  find(messageId: string): Promise<Rejection | undefined>;
  /** The promotion is in the ledger after all. */
  withdraw(message: PublishOrder): Promise<void>;
  /** The newest first, `most` of them; their data and faults may be clipped. */
  list(most: number): Promise<Rejection[]>;
};
