import type { Mutation } from '../../simulate/mutants.ts';

/** The scan reports every execution without a launch record. */
export const mutations: readonly Mutation[] = [
  {
    name: 'orphans-overlooked',
    find: 'return `no record of launch',
    replace: 'if (execution) return undefined;\n  return `no record of launch',
  },
];
