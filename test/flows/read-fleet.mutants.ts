import type { Mutation } from '../simulate/mutants.ts';

/** A lockdown stops launches. */
export const mutations: readonly Mutation[] = [
  {
    name: 'launched-in-a-lockdown',
    find: 'const frozen = isFrozen || isLockedDown(guard, runtime);',
    replace: 'const frozen = isFrozen || (guard === null && isLockedDown(guard, runtime));',
  },
];
