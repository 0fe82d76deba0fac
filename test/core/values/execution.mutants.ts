import type { Mutation } from '../../simulate/mutants.ts';

/** A job is the same job under its project’s id and number. */
export const mutations: readonly Mutation[] = [
  {
    name: 'project-spelling-compared',
    find: 'return name.replace(',
    replace: 'if (asked) return name;\n  return name.replace(',
  },
];
