import type { StoredReceipt } from '../core/adoption/validate-receipt.ts';
import type { ReceiptName } from '../core/records/object-names.ts';

export type Receipts = {
  /** Undefined where there is none; a receipt that cannot be read as one counts as none and is logged. */
  read(name: ReceiptName): Promise<StoredReceipt | undefined>;
};
