import type { Mutation } from '../../simulate/mutants.ts';

/** A call without an answer is never repeated under the same claim. */
export const mutations: readonly Mutation[] = [
  {
    name: 'ambiguous-launch-repeated',
    find: "if (code === 'AMBIGUOUS') return { result: 'ambiguous', isSlotUsed: true };",
    replace: "if (code === 'AMBIGUOUS') return { result: 'pending', isSlotUsed: true, retry: launch };",
  },
];
