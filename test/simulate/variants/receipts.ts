import type { Variant } from '../substitute.ts';

/** A receipt proves something only of the execution that left it, and only in time. */
export const receipts: readonly Variant[] = [
  {
    name: 'receipt-execution-unchecked',
    file: 'core/adoption/validate-receipt.ts',
    find: 'if (launched !== null && isSameExecution(launched, name)) return',
    replace: 'if (name) return',
  },
  {
    name: 'old-console-run-adopts',
    file: 'core/adoption/validate-receipt.ts',
    find: 'if (created <= Date.parse(assignment.assignedAt))',
    replace: 'if (created <= 0)',
  },
  {
    name: 'late-receipt-trusted',
    file: 'core/adoption/validate-receipt.ts',
    find: '?? lateArrival(stored.receipt, context)',
    replace: '',
  },
  {
    name: 'other-attempts-accepted',
    file: 'core/adoption/validate-receipt.ts',
    find: 'if (taskIndex === 0 && taskAttempt === 0) return undefined;',
    replace: 'if (taskIndex === 0 || taskAttempt === 0) return undefined;',
  },
  {
    name: 'assigned-when-planned',
    file: 'core/rollout/reconcile.ts',
    find: 'assignedAt: null,',
    replace: 'assignedAt: now.toISOString(),',
  },
  {
    name: 'receipt-prompts-nothing',
    file: 'flows/adoption/handle-receipt.ts',
    find: 'await deps.prompts.ask(name.runtime);',
    replace: 'await Promise.resolve();',
  },
  {
    name: 'project-spelling-compared',
    file: 'core/values/job-name.ts',
    find: 'return name.replace(',
    replace: 'if (asked) return name;\n  return name.replace(',
  },
];
