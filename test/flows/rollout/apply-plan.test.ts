import { expect, it } from 'vitest';
import { defaultRetryPolicy as policy } from '#functions/core/launch/retry-policy.ts';
import { formatRecord } from '#functions/core/records/codec.ts';
import { defaultRolloutPolicy } from '#functions/core/records/rollout-policy.ts';
import { executionId } from '#functions/core/values/execution.ts';
import { succeeded } from '#functions/core/values/outcome.ts';
import { recordReceipt } from '#functions/flows/adoption/record-receipt.ts';
import { reconcileFleet } from '#functions/flows/rollout/reconcile-fleet.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import { adoptedAssignment } from '../../fixtures/assignment.ts';
import { digestB } from '../../fixtures/digests.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildNotice, buildStoredReceipt } from '../../fixtures/receipt.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { at, iso } from '../../fixtures/times.ts';

const acme = buildTenant('acme');

/** Two tenants at r1 of a place that launches one a minute, when r2 is promoted. */
function promoted(): FakeCloud {
  const cloud = new FakeCloud({ runsPerMinute: 1 });
  cloud.register(acme, buildTenant('globex'));
  cloud.record(buildEntry(1), buildEntry(2, { environmentTarDigest: digestB }));
  cloud.assign(adoptedAssignment('acme', { outcome: succeeded }), adoptedAssignment('globex', { outcome: succeeded }));
  return cloud;
}

it('an execution that starts between plan and claim proves nothing for the newer pin', async () => {
  const cloud = promoted();
  const old: string[] = [];
  const schedule = async () => {
    await cloud.stage.clock.sleep(30_000);
    for (const { job } of [acme, buildTenant('globex')]) old.push(cloud.jobs.run({ job, env: {} }));
  };
  const request = { runtime: 'codex', relaunch: false, deadline: at(480) };
  await cloud.play<unknown>(reconcileFleet(request, cloud.connect(), policy), schedule());
  const waited = ['acme', 'globex'].find((tenant) => cloud.assignment(tenant)?.assignedAt !== iso(0)) ?? '';
  expect(cloud.assignment(waited)).toMatchObject({ revision: 2, adoption: 'LAUNCHING' });
  expect(Date.parse(cloud.assignment(waited)?.assignedAt ?? '')).toBeGreaterThanOrEqual(at(60).getTime());
  const launched = cloud.assignments.list();
  const execution = old.find((name) => name.includes(`codex-${waited}-`)) ?? '';
  const base = { tenant: waited, execution: executionId(execution), launchId: null, revision: 2 };
  const forged = buildStoredReceipt({ ...base, expectedDigest: digestB, digest: digestB });
  cloud.receipts.put(forged.object, formatRecord(forged.receipt));
  expect(await cloud.run(recordReceipt(buildNotice(forged.object), cloud.connect('receipt'), policy))).toBe('ignored');
  expect(cloud.assignments.list()).toEqual(launched);
});

it('assignedAt of an assignment without a launch is the time of its write, not of its plan', async () => {
  const cloud = promoted();
  cloud.record(buildEntry(2, { environmentTarDigest: digestB, rollout: { ...defaultRolloutPolicy, launch: 'none' } }));
  const slowly = cloud.connect('process', ({ method }) =>
    method === 'list' ? { kind: 'slow', milliseconds: 3_000 } : undefined,
  );
  await cloud.run(reconcileFleet({ runtime: 'codex', relaunch: false, deadline: at(480) }, slowly, policy));
  for (const tenant of ['acme', 'globex']) {
    const { assignedAt, updatedAt } = cloud.assignment(tenant) ?? {};
    expect(Date.parse(assignedAt ?? '')).toBeGreaterThan(at(7).getTime());
    expect(Date.parse(assignedAt ?? '')).toBeGreaterThan(Date.parse(updatedAt ?? ''));
  }
});
