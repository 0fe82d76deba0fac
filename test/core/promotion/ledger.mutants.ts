import type { Mutation } from '../../simulate/mutants.ts';

/** The promotion that was published last is the target. */
export const mutations: readonly Mutation[] = [
  {
    name: 'stale-event-applied',
    find: '[...entries].sort((a, b) => comparePublishOrder(b, a));',
    replace: '[...entries].sort((a, b) => b.revision - a.revision);',
  },
];
