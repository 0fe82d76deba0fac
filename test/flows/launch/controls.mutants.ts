import type { Mutation } from '../../simulate/mutants.ts';

/** A lockdown stops launches, and the controls are read again before each. */
export const mutations: readonly Mutation[] = [
  {
    name: 'launched-in-a-lockdown',
    find: 'const frozen = isFrozen || isLockedDown(guard, runtime);',
    replace: 'const frozen = isFrozen || (guard === null && isLockedDown(guard, runtime));',
  },
  {
    name: 'brake-never-asked-again',
    find: 'this.#known = { ...controls, readAt };',
    replace: 'this.#known = { ...this.#known, readAt };',
  },
];
