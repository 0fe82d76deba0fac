import type { Mutation } from '../../simulate/mutants.ts';

/** A launch is absent only after its claim expired and Cloud Run was asked. */
export const mutations: readonly Mutation[] = [
  {
    name: 'takeover-without-looking',
    find: '? await deps.launcher.findLaunch(tenant.job, launchId, earliestExecution(notAfter, policy))',
    replace: '? undefined',
  },
  {
    name: 'takeover-too-soon',
    find: 'if (!isClaimExpired(assignment, { policy, now: deps.clock.now() })) return undefined;',
    replace: '',
  },
  {
    name: 'unproven-before-asking',
    find: "firstOf(isRunning ? ['adopted'] : ['adopted', 'refused', 'failed'], assignment, name, deps)",
    replace: "firstOf(isRunning ? ['adopted'] : ['refused', 'failed'], assignment, name, deps)",
  },
];
