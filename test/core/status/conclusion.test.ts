import { describe, expect, it } from 'vitest';
import type { Assignment } from '#functions/core/records/assignment.ts';
import type { FleetSnapshot } from '#functions/core/rollout/fleet-snapshot.ts';
import { concludePromotion, openTenants } from '#functions/core/status/conclusion.ts';
import { type RecordedPromotion, recordedProgress } from '#functions/core/status/promotion-progress.ts';
import type { RolloutState } from '#functions/core/status/rollout-status.ts';
import { failed, running, succeeded } from '#functions/core/values/outcome.ts';
import { readFleet } from '#functions/flows/read-fleet.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import { adoptedAssignment, buildAssignment, claimedAssignment } from '../../fixtures/assignment.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildTenant } from '../../fixtures/tenant.ts';

async function buildProgress(...assignments: Assignment[]): Promise<RecordedPromotion> {
  const cloud = new FakeCloud();
  cloud.register(...assignments.map(({ tenant }) => buildTenant(tenant)));
  cloud.record(buildEntry(1));
  cloud.assign(...assignments);
  const fleet: FleetSnapshot = await cloud.run(readFleet('codex', cloud.connect()));
  return recordedProgress(buildEntry(1), fleet);
}

const passed = (tenant: string) => adoptedAssignment(tenant, { outcome: succeeded });
const broken = (tenant: string) => adoptedAssignment(tenant, { outcome: failed(1, null) });
const refused = (tenant: string) => claimedAssignment(tenant, { adoption: 'REFUSED' });

describe('concludePromotion until succeeded', () => {
  it.each<[string, Assignment[], string | undefined]>([
    ['succeeds when every workload has succeeded', [passed('a'), passed('b')], 'succeeded'],
    ['fails when one workload failed', [passed('a'), broken('b')], 'failed'],
    ['waits while a workload still runs', [passed('a'), adoptedAssignment('b', { outcome: running })], undefined],
    ['waits for an executing sandbox of a halted rollout', [refused('a'), claimedAssignment('b')], undefined],
    ['does not wait for a tenant that a halted rollout never launched', [refused('a'), buildAssignment('b')], 'failed'],
    ['waits for a tenant that is not launched yet', [passed('a'), buildAssignment('b')], undefined],
    ['returns paused if the outcome of a workload is unknown', [adoptedAssignment('a', { outcome: null })], 'paused'],
  ])('concludePromotion %s', async (_, assignments, conclusion) => {
    expect(concludePromotion(await buildProgress(...assignments), 'succeeded')).toBe(conclusion);
  });

  it.each<[RolloutState, string | undefined]>([
    ['ABORTED', 'failed'],
    ['ROLLED_BACK', 'failed'],
    ['HALTED', 'failed'],
    ['PAUSED', 'paused'],
    ['SUPERSEDED', 'superseded'],
    ['SOAKING', undefined],
    ['PENDING', undefined],
  ])('concludes a rollout that is %s as %s', async (state, conclusion) => {
    expect(concludePromotion({ ...(await buildProgress(passed('a'))), state }, 'succeeded')).toBe(conclusion);
  });
});

describe('concludePromotion until adopted', () => {
  it.each<[string, Assignment[], string | undefined]>([
    ['concludes adopted although a workload failed', [passed('a'), broken('b')], 'adopted'],
    ['does not wait for a workload', [adoptedAssignment('a', { outcome: running })], 'adopted'],
    ['fails on a refusal when every tenant has a verdict', [passed('a'), refused('b')], 'failed'],
    ['waits for the verdict of each tenant', [refused('a'), claimedAssignment('b')], undefined],
  ])('concludePromotion %s', async (_, assignments, conclusion) => {
    expect(concludePromotion(await buildProgress(...assignments), 'adopted')).toBe(conclusion);
  });

  it('openTenants returns tenants without a verdict, and until succeeded those still running', async () => {
    const progress = await buildProgress(
      adoptedAssignment('a', { outcome: running }),
      claimedAssignment('b'),
      passed('c'),
    );
    const namesOf = (until: 'adopted' | 'succeeded') => openTenants(progress, until).map(({ tenant }) => tenant);
    expect(namesOf('adopted')).toEqual(['b']);
    expect(namesOf('succeeded')).toEqual(['b', 'a']);
  });
});
