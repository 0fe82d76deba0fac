import type { Mutation } from '../../simulate/mutants.ts';

/** A rejection is stored before its message is acknowledged. */
export const mutations: readonly Mutation[] = [
  {
    name: 'rejection-not-kept',
    find: '    await reject(message, runtime, recorded.issues, deps);',
    replace: '',
  },
];
