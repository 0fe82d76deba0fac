import type { Mutation } from '../../../simulate/mutants.ts';

/** Only bytes with the pinned digest are unpacked. */
export const mutations: readonly Mutation[] = [
  {
    name: 'digest-not-compared',
    find: 'if (archive.digest !== expected) {',
    replace: 'if (archive.bytes < 0) {',
  },
];
