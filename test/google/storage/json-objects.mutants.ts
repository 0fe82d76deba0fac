import type { Mutation } from '../../simulate/mutants.ts';

/** A write names the generation that it read, and recognizes itself by its write id. */
export const mutations: readonly Mutation[] = [
  {
    name: 'writes-without-generation',
    find: 'preconditionOpts: { ifGenerationMatch: expected },',
    replace: '',
  },
  {
    name: 'own-write-known-by-content',
    find: 'const write = randomUUID();',
    replace: 'const write = text;',
  },
];
