import type { Mutation } from '../../simulate/mutants.ts';

/** A promotion names registered tenants and no revoked digest. */
export const mutations: readonly Mutation[] = [
  {
    name: 'revoked-promoted',
    find: "guardRefusal(await fleet.guard(), '', digest) !== 'REVOKED'",
    replace: '(await fleet.guard()) !== undefined',
  },
  {
    name: 'unknown-tenant-promoted',
    find: 'const unknown = tenants.filter(',
    replace: 'const unknown = tenants.slice(0, 0).filter(',
  },
];
