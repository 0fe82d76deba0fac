import { describe, expect, it } from 'vitest';
import { claim, isClaimExpired, isClaimValid, launchEnv } from '#functions/core/launch/claim.ts';
import { defaultRetryPolicy as policy } from '#functions/core/launch/retry-policy.ts';
import { failed } from '#functions/core/values/outcome.ts';
import { buildAssignment, buildProof, claimedAssignment } from '../../fixtures/assignment.ts';
import { digestA } from '../../fixtures/digests.ts';
import { executionName } from '../../fixtures/execution.ts';
import { at, iso } from '../../fixtures/times.ts';

describe('claim', () => {
  it('sets owner and expiry, and clears the last launch', () => {
    const before = buildAssignment('acme', {
      adoption: 'LAUNCHING',
      launchAttempt: 2,
      proof: buildProof(),
      execution: executionName(),
      outcome: failed(1, null),
      reason: { code: 'A', message: 'b' },
      retryAt: iso(9),
    });
    expect(claim(before, { launchId: 'launch-2', owner: 'me' }, { policy, now: at(10) })).toEqual({
      ...before,
      launchId: 'launch-2',
      owner: 'me',
      notAfter: iso(10 + policy.claimSeconds),
      execution: null,
      outcome: null,
      reason: null,
      retryAt: null,
      updatedAt: iso(10),
    });
  });

  it.each([
    [0, true, false],
    [29.999, true, false],
    [30, false, false],
    [59.999, false, false],
    [60, false, true],
  ])('after %d of 30 seconds a claim is valid %s, expired %s', (second, may, isOver) => {
    expect(isClaimValid(claimedAssignment(), at(second))).toBe(may);
    expect(isClaimExpired(claimedAssignment(), { policy, now: at(second) })).toBe(isOver);
  });

  it('an absent claim is neither valid nor expired', () => {
    expect(isClaimValid(buildAssignment(), at(0))).toBe(false);
    expect(isClaimExpired(buildAssignment(), { policy, now: at(1e6) })).toBe(false);
  });

  it('launchEnv passes launch id, revision and digest to the sandbox', () => {
    expect(launchEnv(claimedAssignment(), 'verify')).toEqual({
      PINCAST_LAUNCH_ID: 'launch-1',
      PINCAST_REVISION: '1',
      PINCAST_LAUNCH: 'verify',
      ENVIRONMENT_TAR_DIGEST: digestA,
    });
  });
});
