import type { Mutation } from '../../../simulate/mutants.ts';

/** A rejected message stays rejected at its redelivery. */
export const mutations: readonly Mutation[] = [
  {
    name: 'rejection-not-looked-up',
    find: '(await byId.read(names.rejection(messageId)))?.value,',
    replace: "(await byId.read(names.rejection('0')))?.value,",
  },
];
