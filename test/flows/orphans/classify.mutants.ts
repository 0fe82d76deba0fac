import type { Mutation } from '../../simulate/mutants.ts';

/** The scan reports no execution that a launch record names. */
export const mutations: readonly Mutation[] = [
  {
    name: 'launch-reported-as-orphan',
    find: 'return (await launches.read(runtime, tenant, launchId))?.execution;',
    replace: 'return launches === null ? launchId : undefined;',
  },
];
