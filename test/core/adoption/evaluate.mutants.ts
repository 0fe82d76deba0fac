import type { Mutation } from '../../simulate/mutants.ts';

/** A verdict needs evidence of the launch, and no later evidence lowers it. */
export const mutations: readonly Mutation[] = [
  {
    name: 'console-run-recorded-as-launch',
    find: 'return execution.launchId === assignment.launchId;',
    replace: 'return true;',
  },
  {
    name: 'running-execution-shown',
    find: "return { ...known, adoption: 'RUNNING' };",
    replace: "return { ...known, adoption: 'RUNNING', execution: arguments[1].name };",
  },
  {
    name: 'unproven-rounded-up',
    find: `        adoption: 'UNPROVEN',
        reason: { code: 'NO_RECEIPT'`,
    replace: `        adoption: 'ADOPTED',
        reason: { code: 'NO_RECEIPT'`,
  },
  {
    name: 'verdict-lowered-by-forgetting',
    find: '  if (isInFlight(assignment)) {',
    replace: "  if (isInFlight(assignment) || assignment.adoption === 'ADOPTED') {",
  },
  {
    name: 'outage-uses-up-attempts',
    find: 'return recordLaunchFailure(withoutClaim(assignment),',
    replace: 'return failAttempt(assignment,',
  },
];
