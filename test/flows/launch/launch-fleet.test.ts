import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy as policy } from '#functions/core/launch/retry-policy.ts';
import { names } from '#functions/core/records/object-names.ts';
import { defaultRolloutPolicy } from '#functions/core/records/rollout-policy.ts';
import { executionId } from '#functions/core/values/execution.ts';
import { recordReceipt } from '#functions/flows/adoption/record-receipt.ts';
import { reconcileAndRequeue } from '#functions/flows/rollout/reconcile-fleet.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import { digestB } from '../../fixtures/digests.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildNotice, buildStoredReceipt } from '../../fixtures/receipt.ts';
import { buildTenant, jobOfTenant } from '../../fixtures/tenant.ts';

const TENANTS = Array.from({ length: 30 }, (_, index) => `tenant-${String(index).padStart(2, '0')}`);

/** Every sandbox refuses the pin 5 s after its launch, and its receipt is recorded. */
async function refuseAll(cloud: FakeCloud, seconds: number): Promise<void> {
  const deps = cloud.connect('receipt');
  const refused = new Set<string>();
  for (let second = 0; second < seconds; second++) {
    await cloud.stage.clock.sleep(1_000);
    for (const { tenant, launchId, execution, launchedAt } of cloud.launches()) {
      if (refused.has(execution) || cloud.now().getTime() < Date.parse(launchedAt) + 5_000) continue;
      refused.add(execution);
      const receipt = buildStoredReceipt({
        kind: 'refused',
        tenant,
        launchId,
        execution: executionId(execution),
        digest: digestB,
        code: 'DIGEST_MISMATCH',
        exitCode: 65,
      });
      cloud.file(receipt);
      await recordReceipt(buildNotice(receipt.object, receipt), deps, policy);
    }
  }
}

async function promoteBadPin(maxFailures: number, seconds: number): Promise<FakeCloud> {
  const cloud = new FakeCloud({ runsPerMinute: 6 });
  cloud.register(...TENANTS.map((tenant) => buildTenant(tenant)));
  cloud.record(buildEntry(1, { rollout: { ...defaultRolloutPolicy, maxFailures } }));
  const deadline = new Date(cloud.now().getTime() + 480_000);
  const request = { runtime: 'codex', relaunch: false, deadline };
  const ends = await cloud.play<unknown>(
    reconcileAndRequeue(request, cloud.connect('fan-out'), policy),
    refuseAll(cloud, seconds),
  );
  expect(ends.map((end) => (end === 'stuck' ? end : end.status))).toEqual(['fulfilled', 'fulfilled']);
  return cloud;
}

describe('reconcileAndRequeue of a pin that every sandbox refuses', () => {
  it.each([
    [0, 6],
    [6, 12],
  ])(
    'launches a bad pin with maxFailures %i for %i of 30 tenants, and assigns no other',
    async (maxFailures, reached) => {
      const cloud = await promoteBadPin(maxFailures, 200);
      const executions = cloud.jobs.executions();
      expect(executions).toHaveLength(reached);
      expect(cloud.assignments.list(names.assignments('codex'))).toHaveLength(reached);
      expect(cloud.published).toEqual([]);
      const next = await cloud.run(
        reconcileAndRequeue(
          { runtime: 'codex', relaunch: false, deadline: new Date(cloud.now().getTime() + 480_000) },
          cloud.connect('recheck'),
          policy,
        ),
      );
      expect(next).toMatchObject({ blocked: 30 - reached, shouldRequeue: false, launches: { launched: 0 } });
      expect(cloud.jobs.executions()).toHaveLength(reached);
    },
  );

  it('launches the pin again for one tenant that an operator relaunches, and no other', async () => {
    const cloud = await promoteBadPin(0, 100);
    const before = cloud.jobs.executions().length;
    const tenant = cloud.launches()[0]?.tenant ?? '';
    cloud.stage.advance(120_000);
    const request = { runtime: 'codex', tenants: [tenant], relaunch: true };
    const deadline = new Date(cloud.now().getTime() + 60_000);
    await cloud.run(reconcileAndRequeue({ ...request, deadline }, cloud.connect('asked'), policy));
    expect(cloud.jobs.executions(jobOfTenant(tenant))).toHaveLength(2);
    expect(cloud.jobs.executions()).toHaveLength(before + 1);
  });
});
