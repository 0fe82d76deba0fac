import type { Mutation } from '../../simulate/mutants.ts';

/** A promotion names registered tenants and no revoked digest. */
export const mutations: readonly Mutation[] = [
  {
    name: 'revoked-promoted',
    find: "guardRefusal(facts.guard, '', digest) === REVOKED",
    replace: 'facts.guard === null',
  },
  {
    name: 'unknown-tenant-promoted',
    find: 'const unknown = tenants.filter(',
    replace: 'const unknown = tenants.slice(0, 0).filter(',
  },
];
