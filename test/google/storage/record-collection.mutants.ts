import type { Mutation } from '../../simulate/mutants.ts';

/** An unreadable object stops its own tenant only. */
export const mutations: readonly Mutation[] = [
  {
    name: 'bad-object-stops-the-runtime',
    find: '{ ...range, onCorrupt: ',
    replace: '{ ...range, onNothing: ',
  },
];
