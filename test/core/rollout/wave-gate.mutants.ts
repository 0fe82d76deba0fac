import type { Mutation } from '../../simulate/mutants.ts';

/** A revision with more failures than maxFailures goes no further. */
export const mutations: readonly Mutation[] = [
  {
    name: 'max-failures-ignored',
    find: 'if (count > target.rollout.maxFailures) failed.add(target.revision);',
    replace: '',
  },
];
