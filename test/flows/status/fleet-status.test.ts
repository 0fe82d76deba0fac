import { describe, expect, it } from 'vitest';
import { readFleetStatus } from '#functions/flows/status/fleet-status.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import { adoptedAssignment } from '../../fixtures/assignment.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { publishTime } from '../../fixtures/times.ts';

describe('readFleetStatus', () => {
  it('returns undefined for an unknown runtime', async () => {
    const cloud = new FakeCloud();
    expect(await cloud.run(readFleetStatus('codex', cloud.connect()))).toBeUndefined();
  });

  it('shows tenants before their first promotion, and promotions before the first tenant', async () => {
    const tenants = new FakeCloud();
    tenants.register(buildTenant('acme'));
    expect(await tenants.run(readFleetStatus('codex', tenants.connect()))).toMatchObject({ state: 'PENDING' });
    const entries = new FakeCloud();
    entries.record(buildEntry(1));
    expect(await entries.run(readFleetStatus('codex', entries.connect()))).toMatchObject({ revision: 1, tenants: [] });
  });

  it('shows a rollout for each live target, with its promoter, time and reason', async () => {
    const cloud = new FakeCloud();
    cloud.register(buildTenant('acme'), buildTenant('globex'));
    cloud.record(buildEntry(1, { promotedBy: 'ci', reason: 'first' }), buildEntry(2, { tenants: ['acme'] }));
    const view = await cloud.run(readFleetStatus('codex', cloud.connect()));
    expect(view?.rollouts).toMatchObject([
      { revision: 2, tenants: ['acme'], promotedBy: null, promotedAt: publishTime(2) },
      { revision: 1, tenants: ['globex'], promotedBy: 'ci', reason: 'first', promotedAt: publishTime(1) },
    ]);
  });

  it('shows the assignments of registered tenants, with holds', async () => {
    const cloud = new FakeCloud();
    cloud.register(buildTenant('acme'), buildTenant('globex'));
    cloud.record(buildEntry(1));
    cloud.assign(adoptedAssignment('acme'), adoptedAssignment('removed'));
    cloud.hold('codex', 'globex');
    const view = await cloud.run(readFleetStatus('codex', cloud.connect()));
    expect(view?.tenants.map(({ tenant, adoption }) => [tenant, adoption])).toEqual([
      ['globex', 'HELD'],
      ['acme', 'ADOPTED'],
    ]);
  });
});
