import type { Mutation } from '../../simulate/mutants.ts';

/** A scan begins at the oldest execution that the last one left undecided. */
export const mutations: readonly Mutation[] = [
  {
    name: 'orphan-scanned-for-too-late',
    find: 'return new Date(Math.min(now.getTime() - everySeconds * 1000, decidableUntil(policy, now).getTime()));',
    replace: 'return now;',
  },
];
