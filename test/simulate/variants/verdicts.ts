import type { Variant } from '../substitute.ts';

/** A verdict states what was proven, stays until an operator's request, and attempts end. */
export const verdicts: readonly Variant[] = [
  {
    name: 'running-execution-shown',
    file: 'core/adoption/evaluate.ts',
    find: "return { ...known, adoption: 'RUNNING' };",
    replace: "return { ...known, adoption: 'RUNNING', execution: arguments[1].name };",
  },
  {
    name: 'unproven-rounded-up',
    file: 'core/adoption/evaluate.ts',
    find: `        adoption: 'UNPROVEN',
        reason: { code: 'NO_RECEIPT'`,
    replace: `        adoption: 'ADOPTED',
        reason: { code: 'NO_RECEIPT'`,
  },
  {
    name: 'verdict-lowered-by-forgetting',
    file: 'core/adoption/evaluate.ts',
    find: '  if (isInFlight(assignment)) {',
    replace: "  if (isInFlight(assignment) || assignment.adoption === 'ADOPTED') {",
  },
  {
    name: 'verdict-tried-again-unasked',
    file: 'core/rollout/reconcile.ts',
    find: 'if (isVerdict(assignment.adoption)) return false;',
    replace: "if (assignment.adoption === 'ADOPTED') return false;",
  },
  {
    name: 'attempts-without-end',
    file: 'core/launch/attempts.ts',
    find: 'if (launchAttempt >= context.policy.maxAttempts)',
    replace: 'if (launchAttempt < 0)',
  },
  {
    name: 'outage-uses-up-attempts',
    file: 'core/adoption/evaluate.ts',
    find: 'return recordLaunchFailure(withoutClaim(assignment),',
    replace: 'return failAttempt(assignment,',
  },
  {
    name: 'every-outcome-succeeds',
    file: 'core/adoption/outcome.ts',
    find: 'outcome: execution.outcome, reason',
    replace: "outcome: { state: 'SUCCEEDED', exitCode: 0, signal: null }, reason",
  },
  {
    name: 'finished-receipt-believed',
    file: 'core/adoption/outcome.ts',
    find: 'outcome: execution.outcome, reason',
    replace:
      "outcome: finished?.exitCode === 0 ? { state: 'SUCCEEDED', exitCode: 0, signal: null } : execution.outcome, reason",
  },
  {
    name: 'unproven-before-asking',
    file: 'flows/adoption/run-evidence.ts',
    find: "firstOf(isRunning ? ['adopted'] : ['adopted', 'refused', 'failed'], assignment, name, deps)",
    replace: "firstOf(isRunning ? ['adopted'] : ['refused', 'failed'], assignment, name, deps)",
  },
  {
    name: 'failed-without-reason',
    file: 'core/launch/attempts.ts',
    find: "adoption: 'FAILED', reason, retryAt: null",
    replace: "adoption: 'FAILED', reason: null, retryAt: null",
  },
];
