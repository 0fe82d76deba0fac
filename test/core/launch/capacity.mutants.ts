import type { Mutation } from '../../simulate/mutants.ts';

/** A location runs at most the cap of executions. */
export const mutations: readonly Mutation[] = [
  {
    name: 'running-cap-ignored',
    find: '(count <= maxRunning ? split.admitted : split.deferred).push(launch);',
    replace: 'split.admitted.push(launch);',
  },
];
