import type { Mutation } from '../../simulate/mutants.ts';

/** The controls are read again before each launch. */
export const mutations: readonly Mutation[] = [
  {
    name: 'brake-never-asked-again',
    find: 'this.#known = { ...controls, readAt };',
    replace: 'this.#known = { ...this.#known, readAt };',
  },
];
