import type { Mutation } from '../../simulate/mutants.ts';

/** A replayed dead letter keeps its first place in the order. */
export const mutations: readonly Mutation[] = [
  {
    name: 'replay-taken-for-new',
    find: 'if (claimedId === undefined && claimedTime === undefined) return',
    replace: 'if (message) return',
  },
];
