import type { StoredReceipt } from '../core/adoption/validate-receipt.ts';
import type { ReceiptName } from '../core/records/object-names.ts';

export type Receipts = {
  /** Undefined if there is none. An invalid receipt is logged and counts as absent. */
  read(name: ReceiptName): Promise<StoredReceipt | undefined>;
};
