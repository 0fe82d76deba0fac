import type { Mutation } from '../../simulate/mutants.ts';

/** A revoked digest never runs. */
export const mutations: readonly Mutation[] = [
  {
    name: 'revocation-ignored',
    find: 'if (guard.revokedDigests.includes(pinned)) return REVOKED;',
    replace: '',
  },
];
