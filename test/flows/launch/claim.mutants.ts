import type { Mutation } from '../../simulate/mutants.ts';

/** A launch calls Cloud Run only after its claim was written. */
export const mutations: readonly Mutation[] = [
  {
    name: 'claim-skipped',
    find: 'const written = await deps.assignments.write(planned, free.expected);',
    replace:
      "const assignedAt = planned.assignedAt ?? deps.clock.now().toISOString(); const written = { value: { ...planned, assignedAt }, generation: free.expected ?? '0' } as Versioned<Assignment> | 'conflict';",
  },
  {
    name: 'lost-claim-launched',
    find: "return written === 'conflict' ? 'conflict' : { ...free, claimed: written.value, expected: written.generation };",
    replace:
      "const won = written === 'conflict' ? { value: { ...planned, assignedAt: planned.updatedAt }, generation: '0' } : written; return { ...free, claimed: won.value, expected: won.generation };",
  },
];
