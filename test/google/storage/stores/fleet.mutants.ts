import type { Mutation } from '../../../simulate/mutants.ts';

/** A held tenant and a frozen runtime launch nothing. */
export const mutations: readonly Mutation[] = [
  {
    name: 'hold-ignored',
    find: 'new Set(await listNames(names.holds(runtime)))',
    replace: "new Set((await listNames(names.holds(runtime))).map(() => 'absent'))",
  },
  {
    name: 'freeze-ignored',
    find: "return frozen.includes('all') || frozen.includes(runtime);",
    replace: 'return frozen.length < 0;',
  },
];
