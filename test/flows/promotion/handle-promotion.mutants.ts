import type { Mutation } from '../../simulate/mutants.ts';

/** A message is acknowledged after its promotion is stored. */
export const mutations: readonly Mutation[] = [
  {
    name: 'acknowledged-before-recorded',
    find: 'await promote({ ...order, data: message.data, delivery: message }, issues, deps, policy);',
    replace:
      'await promote({ ...order, data: message.data, delivery: message }, issues, deps, policy).catch(() => undefined);',
  },
];
