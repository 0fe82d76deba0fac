import type { Mutation } from '../../simulate/mutants.ts';

/** The outcome is Cloud Run’s, never a receipt’s. */
export const mutations: readonly Mutation[] = [
  {
    name: 'every-outcome-succeeds',
    find: 'outcome: execution.outcome, reason',
    replace: "outcome: { state: 'SUCCEEDED', exitCode: 0, signal: null }, reason",
  },
  {
    name: 'finished-receipt-believed',
    find: 'outcome: execution.outcome, reason',
    replace:
      "outcome: finished?.exitCode === 0 ? { state: 'SUCCEEDED', exitCode: 0, signal: null } : execution.outcome, reason",
  },
];
