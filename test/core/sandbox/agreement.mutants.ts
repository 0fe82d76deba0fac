import type { Mutation } from '../../simulate/mutants.ts';

/** A sandbox runs only its own launch’s assignment, and nothing in a lockdown. */
export const mutations: readonly Mutation[] = [
  {
    name: 'superseded-sandbox-runs',
    find: 'if (claims.launchId === null || claims.launchId === assignment.launchId) return;',
    replace: 'if (claims.launchId !== assignment.runtime) return;',
  },
  {
    name: 'lockdown-ignored',
    find: "if (refusal === 'LOCKED_DOWN') throw",
    replace: "if (refusal === 'LOCKED_DOWN' && digest === runtime) throw",
  },
];
