import { describe, expect, it } from 'vitest';
import type { Assignment } from '#functions/core/records/assignment.ts';
import type { LedgerEntry } from '#functions/core/records/ledger-entry.ts';
import { lastGoodBefore } from '#functions/core/rollout/wave-gate.ts';
import { viewFleet } from '#functions/core/status/fleet-status.ts';
import { failed, running, succeeded } from '#functions/core/values/outcome.ts';
import { adoptedAssignment, claimedAssignment } from '../../fixtures/assignment.ts';
import { digestA, digestB, digestC } from '../../fixtures/digests.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildFleet } from '../../fixtures/fleet.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { publishTime } from '../../fixtures/times.ts';

function viewRollouts(entries: LedgerEntry[], assignments: Assignment[], ...tenants: string[]) {
  return viewFleet(buildFleet({ entries, assignments, tenants: tenants.map((tenant) => buildTenant(tenant)) }))
    .rollouts;
}

const refused = (tenant: string, overrides: Partial<Assignment>) =>
  claimedAssignment(tenant, { adoption: 'REFUSED', ...overrides });

describe('viewRollouts', () => {
  const entries = [
    buildEntry(3),
    buildEntry(4, { environmentTarDigest: digestB, promotedBy: 'ci', reason: 'bump numpy' }),
    buildEntry(5, { environmentTarDigest: digestC, tenants: ['acme'] }),
  ];

  it('returns one rollout per target revision, newest promotion first', () => {
    const halted = ['globex', 'hooli'].map((tenant) => refused(tenant, { revision: 4, lastGood: 3 }));
    const fixed = adoptedAssignment('acme', { revision: 5, outcome: succeeded, lastGood: 3 });
    expect(viewRollouts(entries, [fixed, ...halted], 'acme', 'globex', 'hooli')).toMatchObject([
      { revision: 5, state: 'SUCCEEDED', tenants: ['acme'], promotedBy: null },
      {
        revision: 4,
        state: 'HALTED',
        tenants: ['globex', 'hooli'],
        environmentTarDigest: digestB,
        promotedBy: 'ci',
        promotedAt: publishTime(4),
        reason: 'bump numpy',
        lastGood: { revision: 3, environmentTarDigest: digestA, tenants: 2 },
        previous: 3,
      },
    ]);
  });

  it('returns as lastGood the revision that most of their tenants passed', () => {
    const spread = [refused('a', { revision: 4 }), refused('b', { revision: 4, lastGood: 3 })];
    const older = [buildEntry(2), ...entries];
    const others = ['c', 'd'].map((tenant) => refused(tenant, { revision: 4, lastGood: 2 }));
    expect(viewRollouts(older, [...spread, ...others], 'a', 'b', 'c', 'd')).toMatchObject([
      { revision: 4, lastGood: { revision: 2, tenants: 2 } },
    ]);
  });

  it('returns no lastGood if no tenant passed a revision', () => {
    const [rollout] = viewRollouts(entries, [refused('b', { revision: 4 })], 'b');
    expect(rollout).toMatchObject({ revision: 4, lastGood: null, previous: 3 });
  });

  it('returns as previous the newest older revision with other bytes', () => {
    const repeated = [
      buildEntry(1),
      buildEntry(2, { environmentTarDigest: digestB }),
      buildEntry(3, { sameAs: 2, environmentTarDigest: digestB }),
    ];
    expect(viewRollouts(repeated, [], 'a')).toMatchObject([{ revision: 2, previous: 1 }]);
    expect(viewRollouts([buildEntry(1)], [], 'a')).toMatchObject([{ revision: 1, previous: null }]);
  });
});

describe('lastGoodBefore', () => {
  it.each<[string, Partial<Assignment>, number | undefined, number | undefined]>([
    ['returns the revision that the tenant passed and now leaves', { outcome: succeeded }, 2, 1],
    ['skips a revision whose workload failed', { outcome: failed(1, null), lastGood: 7 }, 2, 7],
    ['skips a revision whose workload still runs', { outcome: running }, 2, undefined],
    ['skips the target itself', { outcome: succeeded, lastGood: 7 }, 1, 7],
  ])('lastGoodBefore %s', (_, overrides, target, expected) => {
    expect(lastGoodBefore(adoptedAssignment('acme', overrides), target)).toBe(expected);
  });
});
