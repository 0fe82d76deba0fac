import type { Mutation } from '../../simulate/mutants.ts';

/** A promotion names registered tenants, no revoked digest, and the digest of the object’s bytes. */
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
  {
    name: 'digest-not-preflighted',
    find: 'if (actual === environmentTarDigest) return [];',
    replace: 'if (actual) return [];',
  },
];
