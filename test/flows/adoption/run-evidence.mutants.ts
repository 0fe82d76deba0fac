import type { Mutation } from '../../simulate/mutants.ts';

/** A launch is absent only after its claim expired and Cloud Run was asked. */
export const mutations: readonly Mutation[] = [
  {
    name: 'takeover-without-looking',
    find: '? await deps.launcher.findLaunch(tenant.job, assignment.launchId, since)',
    replace: '? undefined',
  },
  {
    name: 'takeover-too-soon',
    find: 'if (assignment.launchId === null || !isClaimExpired(assignment, { policy, now: deps.clock.now() })) return undefined;',
    replace: 'if (assignment.launchId === null) return undefined;',
  },
  {
    name: 'unproven-before-asking',
    find: "firstOf(isRunning ? ['adopted'] : ['adopted', 'refused', 'failed'], assignment, name, deps)",
    replace: "firstOf(isRunning ? ['adopted'] : ['refused', 'failed'], assignment, name, deps)",
  },
];
