import { describe, expect, it } from 'vitest';
import type { Assignment } from '#functions/core/records/assignment.ts';
import type { LedgerEntry } from '#functions/core/records/ledger-entry.ts';
import { defaultRolloutPolicy } from '#functions/core/records/rollout-policy.ts';
import { type FleetView, viewFleet } from '#functions/core/status/fleet-status.ts';
import type { Digest } from '#functions/core/values/digest.ts';
import { failed, succeeded } from '#functions/core/values/outcome.ts';
import { adoptedAssignment, buildAssignment, buildProof, claimedAssignment } from '../../fixtures/assignment.ts';
import { digestA, digestB } from '../../fixtures/digests.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { executionName } from '../../fixtures/execution.ts';
import { buildFleet } from '../../fixtures/fleet.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { iso } from '../../fixtures/times.ts';

type Change = {
  entries?: LedgerEntry[];
  assignments?: Assignment[];
  held?: string[];
  revoked?: Digest[];
  frozen?: boolean;
};

function buildView({ held = [], revoked = [], ...change }: Change, ...tenants: string[]): FleetView {
  return viewFleet(
    buildFleet({
      tenants: tenants.map((tenant) => buildTenant(tenant)),
      holds: new Set(held),
      revokedDigests: new Set(revoked),
      ...change,
    }),
  );
}

const done = (tenant: string) => adoptedAssignment(tenant, { outcome: succeeded });
const broken = (tenant: string) => claimedAssignment(tenant, { adoption: 'FAILED' });
const tolerant = (maxFailures: number) => buildEntry(1, { rollout: { ...defaultRolloutPolicy, maxFailures } });

describe('viewFleet of a tenant', () => {
  it.each<[string, Assignment | undefined, string[], string]>([
    ['never assigned', undefined, [], 'NEVER_RAN'],
    ['never assigned and held', undefined, ['acme'], 'HELD'],
    ['assigned and idle', buildAssignment(), [], 'NEVER_RAN'],
    ['assigned, idle and held', buildAssignment(), ['acme'], 'HELD'],
    ['in flight', claimedAssignment(), [], 'LAUNCHING'],
    ['in flight though held', claimedAssignment(), ['acme'], 'LAUNCHING'],
    ['adopted', done('acme'), [], 'ADOPTED'],
    ['adopted though held', done('acme'), ['acme'], 'ADOPTED'],
    ['refused though held', claimedAssignment('acme', { adoption: 'REFUSED' }), ['acme'], 'REFUSED'],
  ])('shows the adoption of a tenant that is %s', (_, assignment, held, adoption) => {
    const { tenants } = buildView({ assignments: assignment === undefined ? [] : [assignment], held }, 'acme');
    expect(tenants[0]?.adoption).toBe(adoption);
  });

  it.each<[string, Assignment, string[], string]>([
    ['proved an older pin', done('acme'), [], 'STALE'],
    ['was refused an older pin', claimedAssignment('acme', { adoption: 'REFUSED' }), [], 'NEVER_RAN'],
    ['is held on an older pin', done('acme'), ['acme'], 'HELD'],
  ])('an older verdict does not count for a tenant that %s: %s', (_, assignment, held, adoption) => {
    const entries = [buildEntry(1), buildEntry(2, { environmentTarDigest: digestB })];
    const { tenants } = buildView({ entries, assignments: [assignment], held }, 'acme');
    expect(tenants[0]).toMatchObject({ adoption, target: 2, revision: 1 });
  });

  it('shows the proof and the reason', () => {
    const reason = { code: 'A', message: 'b' };
    const { tenants } = buildView(
      { assignments: [done('acme'), claimedAssignment('globex', { reason })] },
      'acme',
      'globex',
    );
    expect(tenants).toEqual([
      expect.objectContaining({ tenant: 'globex', digest: null, reason, launchAttempt: 1, execution: null }),
      {
        tenant: 'acme',
        target: 1,
        revision: 1,
        adoption: 'ADOPTED',
        outcome: succeeded,
        execution: executionName(),
        digest: digestA,
        proof: buildProof(),
        launchAttempt: 1,
        reason: null,
        lastGood: null,
        assignedAt: iso(0),
        updatedAt: iso(0),
      },
    ]);
  });

  it('shows REVOKED as the reason if the target is revoked', () => {
    const entries = [buildEntry(1), buildEntry(2, { environmentTarDigest: digestB })];
    const moved = { revision: 2, digest: digestB };
    const assignments = [
      done('acme'),
      claimedAssignment('globex', moved),
      claimedAssignment('initech', { ...moved, adoption: 'NEVER_RAN' }),
    ];
    const view = buildView({ entries, assignments, revoked: [digestB] }, 'acme', 'globex', 'initech', 'umbra');
    expect(Object.fromEntries(view.tenants.map(({ tenant, reason }) => [tenant, reason?.code ?? null]))).toEqual({
      acme: 'REVOKED',
      globex: null,
      initech: 'REVOKED',
      umbra: 'REVOKED',
    });
    expect(view.state).toBe('IN_PROGRESS');
    expect(buildView({ entries, assignments: [done('acme')], revoked: [digestB] }, 'acme').state).toBe('PAUSED');
  });

  it('offers no revision with a revoked digest to roll back to', () => {
    const entries = [buildEntry(1), buildEntry(2, { environmentTarDigest: digestB })];
    const moved = { revision: 2, digest: digestB, adoption: 'REFUSED' as const, lastGood: 1 };
    const offered = (revoked: Digest[]) => {
      const { rollouts } = buildView({ entries, assignments: [claimedAssignment('acme', moved)], revoked }, 'acme');
      return [rollouts[0]?.lastGood?.revision ?? null, rollouts[0]?.previous ?? null];
    };
    expect(offered([])).toEqual([1, 1]);
    expect(offered([buildEntry(1).environmentTarDigest])).toEqual([null, null]);
  });

  it('shows FROZEN as the reason of every tenant that a freeze keeps from its launch', () => {
    const entries = [buildEntry(1), buildEntry(2, { environmentTarDigest: digestB })];
    const moved = { revision: 2, digest: digestB };
    const assignments = [done('acme'), claimedAssignment('globex', moved), adoptedAssignment('hooli', moved)];
    const view = buildView({ entries, assignments, frozen: true }, 'acme', 'globex', 'hooli', 'umbra');
    expect(Object.fromEntries(view.tenants.map(({ tenant, reason }) => [tenant, reason?.code ?? null]))).toEqual({
      acme: 'FROZEN',
      globex: null,
      hooli: null,
      umbra: 'FROZEN',
    });
    const unlaunched = [buildEntry(1, { rollout: { ...defaultRolloutPolicy, launch: 'none' } })];
    expect(buildView({ entries: unlaunched, frozen: true }, 'acme').tenants[0]?.reason).toBeNull();
  });

  it('hides reasons of older revisions than the target', () => {
    const reason = { code: 'REVOKED', message: 'of revision 1' };
    const assignments = [claimedAssignment('acme', { adoption: 'REFUSED', reason })];
    const view = buildView(
      { entries: [buildEntry(1), buildEntry(2, { environmentTarDigest: digestB })], assignments },
      'acme',
    );
    expect(view.tenants[0]).toMatchObject({ adoption: 'NEVER_RAN', reason: null });
    expect(view.state).toBe('IN_PROGRESS');
  });

  it('shows the assignment of a tenant without a target', () => {
    const entries = [buildEntry(1, { tenants: ['globex'] })];
    const { tenants } = buildView({ entries, assignments: [done('acme')] }, 'acme');
    expect(tenants[0]).toMatchObject({ adoption: 'ADOPTED', target: null });
  });
});

describe('viewFleet', () => {
  it('sorts the worst tenants first, then by name', () => {
    const assignments = [
      done('a'),
      broken('b'),
      claimedAssignment('c'),
      done('d'),
      claimedAssignment('e', { adoption: 'REFUSED' }),
    ];
    const { tenants } = buildView({ assignments }, 'd', 'c', 'b', 'a', 'e', 'f');
    expect(tenants.map(({ tenant }) => tenant)).toEqual(['e', 'b', 'f', 'c', 'a', 'd']);
  });

  it('shows the newest promotion by its publish time, under the revision that it repeats', () => {
    expect(buildView({ entries: [buildEntry(1), buildEntry(2, { sameAs: 1 })] }, 'acme')).toMatchObject({
      runtime: 'codex',
      revision: 1,
      environmentTarDigest: digestA,
    });
  });

  it('shows PENDING without promotions', () => {
    expect(buildView({ entries: [] }, 'acme')).toMatchObject({
      state: 'PENDING',
      revision: null,
      environmentTarUrl: null,
    });
  });

  it.each<[string, Change, string]>([
    ['no tenant has begun', {}, 'IN_PROGRESS'],
    ['one is in flight', { assignments: [done('a'), claimedAssignment('b')] }, 'IN_PROGRESS'],
    ['a workload still runs', { assignments: [done('a'), adoptedAssignment('b')] }, 'IN_PROGRESS'],
    ['all have adopted and ended well', { assignments: [done('a'), done('b')] }, 'SUCCEEDED'],
    ['one was given up', { assignments: [done('a'), broken('b')] }, 'HALTED'],
    ['one failed while another is in flight', { assignments: [broken('a'), claimedAssignment('b')] }, 'HALTED'],
    ['a workload failed', { assignments: [done('a'), adoptedAssignment('b', { outcome: failed(1, null) })] }, 'HALTED'],
    ['maxFailures failed', { entries: [tolerant(1)], assignments: [done('a'), broken('b')] }, 'SUCCEEDED'],
    ['more than maxFailures failed', { entries: [tolerant(1)], assignments: [broken('a'), broken('b')] }, 'HALTED'],
    ['only held tenants are left', { assignments: [done('a')], held: ['b'] }, 'PAUSED'],
    [
      'only a held and assigned tenant is left',
      { assignments: [done('a'), buildAssignment('b')], held: ['b'] },
      'PAUSED',
    ],
    ['the end of one is unknown', { assignments: [done('a'), adoptedAssignment('b', { outcome: null })] }, 'PAUSED'],
    [
      'the end of one is unknown and one is in flight',
      { assignments: [adoptedAssignment('a', { outcome: null }), claimedAssignment('b')] },
      'IN_PROGRESS',
    ],
    ['one is held and one failed', { assignments: [broken('a')], held: ['b'] }, 'HALTED'],
    ['one is held and one in flight', { assignments: [claimedAssignment('a')], held: ['b'] }, 'IN_PROGRESS'],
  ])('derives the state of a fleet in which %s', (_, change, state) => {
    expect(buildView(change, 'a', 'b').state).toBe(state);
  });

  it('shows SUPERSEDED if the newest promotion is no tenant’s target', () => {
    const entries = [buildEntry(1, { tenants: ['gone'] })];
    expect(buildView({ entries }, 'acme').state).toBe('SUPERSEDED');
  });

  it('never shows more adoptions than proofs', () => {
    const moved = claimedAssignment('acme', { revision: 2, proof: buildProof() });
    const { tenants } = buildView({ entries: [buildEntry(2)], assignments: [moved] }, 'acme');
    expect(tenants[0]).toMatchObject({ adoption: 'LAUNCHING', digest: digestA, revision: 2 });
  });
});
