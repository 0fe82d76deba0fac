import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy as policy } from '#functions/core/launch/retry-policy.ts';
import { succeeded } from '#functions/core/values/outcome.ts';
import { reconcileFleet } from '#functions/flows/rollout/reconcile-fleet.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import { adoptedAssignment, buildAssignment } from '../../fixtures/assignment.ts';
import { digestB } from '../../fixtures/digests.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { at } from '../../fixtures/times.ts';

const TENANTS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** Every tenant runs revision 1, and revision 2 is promoted at three launches a minute. */
function movingFleet(): FakeCloud {
  const cloud = new FakeCloud({ runsPerMinute: 3 });
  cloud.register(...TENANTS.map((tenant) => buildTenant(tenant)));
  cloud.record(buildEntry(1), buildEntry(2, { environmentTarDigest: digestB }));
  cloud.assign(...TENANTS.map((tenant) => adoptedAssignment(tenant)));
  return cloud;
}

/** Writes the assignment of a tenant whose launch waits for a slot, while the pass waits or in the moment of its claim. */
async function passWhile(cloud: FakeCloud, change: (tenant: string) => void, isInTheClaim: boolean) {
  let isChanged = false;
  const deps = cloud.connect('process', ({ port, method, about }) => {
    const tenant = about.slice('codex/'.length, -'.json'.length);
    if (!isInTheClaim || isChanged || port !== 'assignments' || method !== 'write') return undefined;
    isChanged = true;
    change(tenant);
    return undefined;
  });
  const pass = reconcileFleet({ runtime: 'codex', relaunch: false, deadline: at(480) }, deps, policy);
  const waiting = () => TENANTS.find((tenant) => cloud.assignment(tenant)?.revision === 1) ?? '';
  const later = cloud.stage.sleep(30_000).then(() => (isInTheClaim ? undefined : change(waiting())));
  const [played] = await cloud.play<unknown>(pass, later);
  return played;
}

describe.each([
  ['while its launch waits for a slot', false],
  ['at the moment of its claim', true],
])('reconcileFleet with an assignment that changes %s', (_title, isInTheClaim) => {
  it('launches the tenant in the same reconcile if the write concerns the older revision', async () => {
    const cloud = movingFleet();
    const finish = (tenant: string) => cloud.assign(adoptedAssignment(tenant, { outcome: succeeded }));
    const played = await passWhile(cloud, finish, isInTheClaim);
    expect(played).toMatchObject({ value: { launches: { launched: TENANTS.length, conflict: 0 } } });
    for (const tenant of TENANTS)
      expect(cloud.assignment(tenant)).toMatchObject({ revision: 2, adoption: 'LAUNCHING' });
    expect(cloud.jobs.executions()).toHaveLength(TENANTS.length);
  });

  it('leaves the tenant to another process that has assigned a newer revision', async () => {
    const cloud = movingFleet();
    let moved = '';
    const move = (tenant: string) => {
      moved = tenant;
      cloud.assign(buildAssignment(tenant, { revision: 3 }));
    };
    const played = await passWhile(cloud, move, isInTheClaim);
    expect(played).toMatchObject({ value: { launches: { launched: TENANTS.length - 1, conflict: 1 } } });
    expect(cloud.assignment(moved)).toMatchObject({ revision: 3, launchId: null });
    expect(cloud.jobs.executions()).toHaveLength(TENANTS.length - 1);
  });
});
