import type { Variant } from '../substitute.ts';

/** A verdict says no more than was proven, stays until somebody asks, and attempts come to an end. */
export const verdicts: readonly Variant[] = [
  {
    name: 'unproven-rounded-up',
    file: 'core/judge.ts',
    find: `        adoption: 'UNPROVEN',
        reason: { code: 'NO_RECEIPT'`,
    replace: `        adoption: 'ADOPTED',
        reason: { code: 'NO_RECEIPT'`,
  },
  {
    name: 'verdict-lowered-by-forgetting',
    file: 'core/judge.ts',
    find: '  if (isUnderWay(assignment)) {',
    replace: "  if (isUnderWay(assignment) || assignment.adoption === 'ADOPTED') {",
  },
  {
    name: 'verdict-tried-again-unasked',
    file: 'core/reconcile.ts',
    find: 'if (isVerdict(assignment.adoption)) return false;',
    replace: "if (assignment.adoption === 'ADOPTED') return false;",
  },
  {
    name: 'attempts-without-end',
    file: 'core/attempts.ts',
    find: 'if (assignment.launchAttempt >= policy.maxAttempts)',
    replace: 'if (assignment.launchAttempt < 0)',
  },
  {
    name: 'outage-uses-up-attempts',
    file: 'core/judge.ts',
    find: 'return neverRan(assignment,',
    replace: 'return failAttempt(assignment,',
  },
];
