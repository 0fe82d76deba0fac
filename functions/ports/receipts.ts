import type { ReceiptName } from '../core/object-names.ts';
import type { FiledReceipt } from '../core/receipt-validity.ts';

export type Receipts = {
  /** Undefined where there is none; a receipt that cannot be read as one counts as none and is logged. */
  read(name: ReceiptName): Promise<FiledReceipt | undefined>;
};
