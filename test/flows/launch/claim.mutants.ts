import type { Mutation } from '../../simulate/mutants.ts';

/** A launch calls Cloud Run only after its claim was written. */
export const mutations: readonly Mutation[] = [
  {
    name: 'claim-skipped',
    find: 'const written = await deps.assignments.write(claimed, free.expected);',
    replace: "const written = { generation: free.expected ?? '0' } as { generation: string } | 'conflict';",
  },
  {
    name: 'lost-claim-launched',
    find: "return written === 'conflict' ? 'conflict' : { ...free, claimed, expected: written.generation };",
    replace: "return { ...free, claimed, expected: written === 'conflict' ? '0' : written.generation };",
  },
];
