import { describe, expect, it } from 'vitest';
import { type Guard, guardRefusal, openGuard } from '#functions/core/records/guard.ts';
import { digestA } from '../../fixtures/digests.ts';

describe('guardRefusal', () => {
  it.each<[string, Partial<Guard>, string | undefined]>([
    ['nothing', {}, undefined],
    ['another runtime locked down', { lockdownRuntimes: ['other'] }, undefined],
    ['this runtime locked down', { lockdownRuntimes: ['codex'] }, 'LOCKED_DOWN'],
    ['everything locked down', { lockdown: true }, 'LOCKED_DOWN'],
    ['the digest revoked', { revokedDigests: [digestA] }, 'REVOKED'],
    ['both', { lockdown: true, revokedDigests: [digestA] }, 'REVOKED'],
  ])('guardRefusal with %s', (_, change, refusal) => {
    expect(guardRefusal({ ...openGuard, ...change }, 'codex', digestA)).toBe(refusal);
  });
});
