import type { Mutation } from '../../simulate/mutants.ts';

/** A launch is recorded for the execution that carries its launch id. */
export const mutations: readonly Mutation[] = [
  {
    name: 'console-run-recorded-as-launch',
    find: 'return execution.launchId === launchId;',
    replace: 'return true;',
  },
];
