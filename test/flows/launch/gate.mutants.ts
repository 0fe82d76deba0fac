import type { Mutation } from '../../simulate/mutants.ts';

/** The controls are read again before a launch. */
export const mutations: readonly Mutation[] = [
  {
    name: 'brake-never-asked-again',
    find: 'this.#known = { ...controls, readAt };',
    replace: 'this.#known = { ...this.#known, readAt };',
  },
  {
    name: 'max-failures-not-asked-again',
    find: ' && !(isFirst && hasFailed(next, known));',
    replace: ' && (isFirst || next !== undefined);',
  },
  {
    name: 'revoked-launched',
    find: '!known.revokedDigests.has(digest) &&',
    replace: "digest !== ('' as string) &&",
  },
];
