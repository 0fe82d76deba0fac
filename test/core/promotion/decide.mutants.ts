import type { Mutation } from '../../simulate/mutants.ts';

/** A promotion is recorded once, and only on the revision that it expects. */
export const mutations: readonly Mutation[] = [
  {
    name: 'dedupe-skipped',
    find: 'if (known !== undefined) return decideKnown(known, content);',
    replace: '',
  },
  {
    name: 'expected-revision-ignored',
    find: 'if (expectedRevision !== undefined && expectedRevision !== newestRevision)',
    replace: 'if (newestRevision < 0)',
  },
];
