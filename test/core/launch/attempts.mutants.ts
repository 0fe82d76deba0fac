import type { Mutation } from '../../simulate/mutants.ts';

/** Attempts end, and a failure has a reason. */
export const mutations: readonly Mutation[] = [
  {
    name: 'attempts-without-end',
    find: 'if (launchAttempt >= context.policy.maxAttempts)',
    replace: 'if (launchAttempt < 0)',
  },
  {
    name: 'failed-without-reason',
    find: "adoption: 'FAILED', reason, retryAt: null",
    replace: "adoption: 'FAILED', reason: null, retryAt: null",
  },
];
