import type { Mutation } from '../../simulate/mutants.ts';

/** A dead rollout delays another process for 90 s at most. */
export const mutations: readonly Mutation[] = [
  {
    name: 'dead-rollout-waited-for',
    find: 'Date.parse(startedAt) > since)',
    replace: 'Date.parse(startedAt) > 0 * since)',
  },
];
