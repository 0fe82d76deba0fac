import type { Mutation } from '../../simulate/mutants.ts';

/** The gate blocks what the newest controls and failures forbid. */
export const mutations: readonly Mutation[] = [
  {
    name: 'max-failures-not-asked-again',
    find: ' && !(isFirst && hasFailed(next, known));',
    replace: ' && (isFirst || next !== undefined);',
  },
  {
    name: 'revoked-launched',
    find: '!known.revokedDigests.has(digest) &&',
    replace: "digest !== ('' as string) &&",
  },
];
