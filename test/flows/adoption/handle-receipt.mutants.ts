import type { Mutation } from '../../simulate/mutants.ts';

/** A receipt that frees capacity requests a reconcile. */
export const mutations: readonly Mutation[] = [
  {
    name: 'receipt-prompts-nothing',
    find: 'await deps.prompts.ask(runtime);',
    replace: 'await Promise.resolve();',
  },
];
