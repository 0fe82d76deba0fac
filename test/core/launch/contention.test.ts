import { describe, expect, it } from 'vitest';
import { activeLocations, withoutRollout, withRollout } from '#functions/core/launch/contention.ts';
import { defaultRetryPolicy } from '#functions/core/launch/retry-policy.ts';
import type { Assignment } from '#functions/core/records/assignment.ts';
import { type ActiveRollout, newReconcileState } from '#functions/core/records/reconcile-state.ts';
import { adoptedAssignment, claimedAssignment } from '../../fixtures/assignment.ts';
import { buildStored } from '../../fixtures/fleet.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { at, iso } from '../../fixtures/times.ts';

const NEAR = 'projects/p/locations/near';
const FAR = 'projects/p/locations/far';
const tenants = [
  buildTenant('acme', { job: `${NEAR}/jobs/acme` }),
  buildTenant('globex', { job: `${FAR}/jobs/globex` }),
];
const rolloutAt = (second: number): ActiveRollout => ({
  owner: 'rollout',
  startedAt: iso(second),
  locations: [NEAR, FAR],
});

/** Claims last 30 seconds: this one was made at that second. */
const claimedAt = (second: number, tenant = 'acme', overrides: Partial<Assignment> = {}) =>
  claimedAssignment(tenant, { owner: 'rollout', notAfter: iso(second + 30), ...overrides });

function activeAt(now: number, rollouts: ActiveRollout[], ...assignments: Assignment[]): string[] {
  const stored = buildStored(assignments);
  return [...activeLocations(rollouts, { tenants, stored }, { policy: defaultRetryPolicy, now: at(now) })];
}

describe('activeLocations', () => {
  it('includes all locations of a rollout for 90 s after its start', () => {
    expect(activeAt(89, [rolloutAt(0)])).toEqual([NEAR, FAR]);
    expect(activeAt(90, [rolloutAt(0)])).toEqual([]);
  });

  it('includes a location with a claim in the last 90 s', () => {
    expect(activeAt(1_000, [rolloutAt(0)], claimedAt(911))).toEqual([NEAR]);
    expect(activeAt(1_000, [rolloutAt(0)], claimedAt(909), claimedAt(990, 'globex'))).toEqual([FAR]);
    expect(
      activeAt(1_000, [rolloutAt(0)], adoptedAssignment('acme', { owner: 'rollout', notAfter: iso(1_020) })),
    ).toEqual([NEAR]);
  });

  it('ignores claims of other reconciles and of ended rollouts', () => {
    expect(activeAt(1_000, [rolloutAt(0)], claimedAt(990, 'acme', { owner: 'recheck of one tenant' }))).toEqual([]);
    expect(activeAt(1_000, [], claimedAt(990))).toEqual([]);
  });
});

describe('withRollout', () => {
  const rollout = (owner: string, second: number) => ({ owner, startedAt: iso(second), locations: [] });

  it('keeps each rollout until it ends, or until its function must have died', () => {
    const both = withRollout(
      { ...newReconcileState('codex'), rollouts: [rollout('a', 0)] },
      rollout('b', 500),
      at(500),
    );
    expect(both.rollouts.map(({ owner }) => owner)).toEqual(['a', 'b']);
    expect(withoutRollout(both, 'a')?.rollouts.map(({ owner }) => owner)).toEqual(['b']);
    expect(withoutRollout(both, 'c')).toBeUndefined();
    expect(withRollout(both, rollout('c', 1_000), at(1_000)).rollouts.map(({ owner }) => owner)).toEqual(['b', 'c']);
  });
});
