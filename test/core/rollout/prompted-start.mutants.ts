import type { Mutation } from '../../simulate/mutants.ts';

/** Receipts start at most one reconcile per 2 s. */
export const mutations: readonly Mutation[] = [
  {
    name: 'receipts-prompt-without-pause',
    find: "return waitMs > 0 ? { waitMs } : 'start';",
    replace: "return waitMs > 1e9 ? { waitMs } : 'start';",
  },
];
