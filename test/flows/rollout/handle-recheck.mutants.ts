import type { Mutation } from '../../simulate/mutants.ts';

/** A scheduled request that waited too long starts nothing. */
export const mutations: readonly Mutation[] = [
  {
    name: 'stale-ticks-run',
    find: 'config.recheckStaleSeconds * 1000)',
    replace: 'config.recheckStaleSeconds * 1e9)',
  },
];
