import type { Variant } from '../substitute.ts';

/** A receipt proves something only of the execution that left it, and only in time. */
export const receipts: readonly Variant[] = [
  {
    name: 'receipt-execution-unchecked',
    file: 'core/receipt-validity.ts',
    find: 'if (launched !== null && isSameExecution(launched, name)) return',
    replace: 'if (name) return',
  },
  {
    name: 'old-console-run-adopts',
    file: 'core/receipt-validity.ts',
    find: 'if (created <= Date.parse(assignment.assignedAt))',
    replace: 'if (created <= 0)',
  },
  {
    name: 'late-receipt-trusted',
    file: 'core/receipt-validity.ts',
    find: '?? whyLate(filed.receipt, context)',
    replace: '',
  },
];
