import type { Mutation } from '../../simulate/mutants.ts';

/** A plan keeps verdicts, and an assignment has the time of its write. */
export const mutations: readonly Mutation[] = [
  {
    name: 'assigned-when-planned',
    find: 'assignedAt: null,',
    replace: 'assignedAt: now.toISOString(),',
  },
  {
    name: 'verdict-tried-again-unasked',
    find: 'if (isVerdict(assignment.adoption)) return false;',
    replace: "if (assignment.adoption === 'ADOPTED') return false;",
  },
];
