import type { Mutation } from '../../simulate/mutants.ts';

/** A receipt proves only the execution that wrote it, and only until its evaluation. */
export const mutations: readonly Mutation[] = [
  {
    name: 'receipt-execution-unchecked',
    find: 'if (launched !== null && isSameExecution(launched, name)) return',
    replace: 'if (name) return',
  },
  {
    name: 'old-console-run-adopts',
    find: 'if (created <= Date.parse(assignment.assignedAt))',
    replace: 'if (created <= 0)',
  },
  {
    name: 'late-receipt-trusted',
    find: '?? lateArrival(stored.receipt, context)',
    replace: '',
  },
  {
    name: 'other-attempts-accepted',
    find: 'if (taskIndex === 0 && taskAttempt === 0) return undefined;',
    replace: 'if (taskIndex === 0 || taskAttempt === 0) return undefined;',
  },
];
