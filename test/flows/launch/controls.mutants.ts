import type { Mutation } from '../../simulate/mutants.ts';

/** The controls are read again before each launch. */
export const mutations: readonly Mutation[] = [
  {
    name: 'controls-never-read-again',
    find: 'this.#known = { ...controls, readAt };',
    replace: 'this.#known = { ...this.#known, readAt };',
  },
];
