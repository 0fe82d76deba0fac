import type { Mutation } from '../../simulate/mutants.ts';

/** A claim expires, so that another process can launch. */
export const mutations: readonly Mutation[] = [
  {
    name: 'claim-without-end',
    find: 'return notAfter !== null && now.getTime() < Date.parse(notAfter);',
    replace: 'return notAfter !== null;',
  },
];
