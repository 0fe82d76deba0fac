import type { Mutation } from '../../../simulate/mutants.ts';

/** A process knows only ledger entries that it has read or created. */
export const mutations: readonly Mutation[] = [
  {
    name: 'lost-race-taken-for-won',
    find: "=== 'exists' ? 'exists' : 'created',",
    replace: "=== 'exists' ? 'created' : 'created',",
  },
  {
    name: 'ledger-never-listed-again',
    find: 'const added = await objects.list(',
    replace: 'const added = known.newestRevision > 0 ? [] : await objects.list(',
  },
];
