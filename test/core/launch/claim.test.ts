import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy as policy } from '#functions/core/launch/backoff.ts';
import { claim, isClaimExpired, isClaimValid, launchEnv } from '#functions/core/launch/claim.ts';
import { failed } from '#functions/core/values/outcome.ts';
import { assignmentOf, claimedOf, proofOf } from '../../fixtures/assignment.ts';
import { digestA } from '../../fixtures/digests.ts';
import { executionName } from '../../fixtures/execution.ts';
import { at, iso } from '../../fixtures/times.ts';

describe('a claim', () => {
  it('is the right of one owner to launch once until a fixed time, and forgets what the last launch left', () => {
    const before = assignmentOf('acme', {
      adoption: 'LAUNCHING',
      launchAttempt: 2,
      proof: proofOf(),
      execution: executionName(),
      outcome: failed(1, null),
      reason: { code: 'A', message: 'b' },
      retryAt: iso(9),
    });
    expect(claim(before, 'launch-2', 'me', policy, at(10))).toEqual({
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

  it('sets the assignment time itself where the plan changed the revision, and keeps it otherwise', () => {
    const kept = claim(assignmentOf(), 'launch-2', 'me', policy, at(70));
    expect(kept.assignedAt).toBe(iso(0));
    const moved = claim({ ...assignmentOf(), assignedAt: null }, 'launch-2', 'me', policy, at(70));
    expect(moved.assignedAt).toBe(iso(70));
  });

  it.each([
    [0, true, false],
    [29.999, true, false],
    [30, false, false],
    [59.999, false, false],
    [60, false, true],
  ])('after %d of its 30 seconds: may launch %s, is over %s', (second, may, isOver) => {
    expect(isClaimValid(claimedOf(), at(second))).toBe(may);
    expect(isClaimExpired(claimedOf(), policy, at(second))).toBe(isOver);
  });

  it('that was never made gives no right, and cannot be over', () => {
    expect(isClaimValid(assignmentOf(), at(0))).toBe(false);
    expect(isClaimExpired(assignmentOf(), policy, at(1e6))).toBe(false);
  });

  it('tells the sandbox which launch, revision and digest it is', () => {
    expect(launchEnv(claimedOf(), 'verify')).toEqual({
      PINCAST_LAUNCH_ID: 'launch-1',
      PINCAST_REVISION: '1',
      PINCAST_LAUNCH: 'verify',
      ENVIRONMENT_TAR_DIGEST: digestA,
    });
  });
});
