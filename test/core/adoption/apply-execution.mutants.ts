import type { Mutation } from '../../simulate/mutants.ts';

/** The outcome is Cloud Run’s, never a receipt’s; a verdict needs evidence, and no later evidence lowers it. */
export const mutations: readonly Mutation[] = [
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
