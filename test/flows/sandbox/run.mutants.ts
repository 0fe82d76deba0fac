import type { Mutation } from '../../simulate/mutants.ts';

/** A sandbox writes its receipt and reads its assignment again before the workload. */
export const mutations: readonly Mutation[] = [
  {
    name: 'assignment-not-asked-again',
    find: 'await abortable(deps.shutdownSignal, confirmPin(pin, run));',
    replace: '',
  },
  {
    name: 'run-without-receipt',
    find: "await abortable(deps.shutdownSignal, leaveReceipt('adopted', run));",
    replace: '',
  },
  {
    name: 'task-retry-runs',
    find: "if (mode.kind === 'direct' || mode.task.attempt === 0) return;",
    replace: "if (mode.kind === 'direct' || mode.task.attempt >= 0) return;",
  },
];
