import { describe, expect, it } from 'vitest';
import type { Config } from '#functions/core/config.ts';
import { defaultRetryPolicy } from '#functions/core/launch/retry-policy.ts';
import type { PubsubMessage } from '#functions/core/messages/pubsub-message.ts';
import { defaultRolloutPolicy } from '#functions/core/records/rollout-policy.ts';
import { concludePromotion } from '#functions/core/status/conclusion.ts';
import { viewFleet } from '#functions/core/status/fleet-status.ts';
import { recordedProgress } from '#functions/core/status/promotion-progress.ts';
import { succeeded } from '#functions/core/values/outcome.ts';
import { handleReceipt } from '#functions/flows/adoption/handle-receipt.ts';
import { ReceiptPrompts } from '#functions/flows/adoption/receipt-prompts.ts';
import { scanForOrphans } from '#functions/flows/orphans/scan.ts';
import { promote } from '#functions/flows/promotion/promote.ts';
import { readFleet } from '#functions/flows/read-fleet.ts';
import { reconcileFleet } from '#functions/flows/rollout/reconcile-fleet.ts';
import { FakeCloud } from '../fakes/fake-cloud.ts';
import { digestOfText } from '../fakes/stores/environments.ts';
import { adoptedAssignment } from '../fixtures/assignment.ts';
import { digestB } from '../fixtures/digests.ts';
import { buildEntry } from '../fixtures/entry.ts';
import { parseMessage, TAR_URL } from '../fixtures/event.ts';
import { buildStoredReceipt } from '../fixtures/receipt.ts';
import { buildTenant, jobOfTenant } from '../fixtures/tenant.ts';
import { publishTime } from '../fixtures/times.ts';

const REGISTRATION = 'tenants/codex/hooli.json';
const ASSIGNMENT = 'codex/hooli.json';

/** acme and globex are well; of hooli one object cannot be read. */
function fleetWith(broken: 'registration' | 'assignment', text = '{"formatVersion":2}'): FakeCloud {
  const cloud = new FakeCloud();
  cloud.register(buildTenant('acme'), buildTenant('globex'), buildTenant('hooli'));
  cloud.record(buildEntry(1));
  if (broken === 'registration') cloud.control.put(REGISTRATION, text);
  else cloud.assignments.put(ASSIGNMENT, text);
  return cloud;
}

function reconcileOnce(cloud: FakeCloud) {
  const deadline = new Date(cloud.now().getTime() + 480_000);
  return cloud.run(
    reconcileFleet({ runtime: 'codex', relaunch: false, deadline }, cloud.connect(), defaultRetryPolicy),
  );
}

const config = { buckets: { receipts: 'receipts' } as Config['buckets'], retry: defaultRetryPolicy };

function buildNotification(objectId: string): PubsubMessage {
  const attributes = { bucketId: 'receipts', objectId, eventType: 'OBJECT_FINALIZE' };
  return { data: '{}', messageId: '1', publishTime: publishTime(1), attributes };
}

const launched = (cloud: FakeCloud) => cloud.jobs.executions().map(({ job }) => job);

async function viewOf(cloud: FakeCloud) {
  return viewFleet(await cloud.run(readFleet('codex', cloud.connect())));
}

describe.each([
  ['registration', REGISTRATION],
  ['assignment', ASSIGNMENT],
] as const)('reconcileFleet with an unreadable %s', (broken, object) => {
  it('launches every other tenant and leaves the object as it is', async () => {
    const cloud = fleetWith(broken);
    const report = await reconcileOnce(cloud);
    expect(report).toMatchObject({ tenants: 2, launches: { launched: 2 }, shouldRequeue: false, unconfirmed: [] });
    expect(launched(cloud).sort()).toEqual([jobOfTenant('acme'), jobOfTenant('globex')]);
    const stored = broken === 'registration' ? cloud.control.read(object) : cloud.assignments.read(object);
    expect(stored?.text).toBe('{"formatVersion":2}');
    expect(cloud.log.filter(({ level }) => level === 'error')).toEqual([
      {
        level: 'error',
        message: 'stored object cannot be read',
        fields: { runtime: 'codex', object, why: expect.stringContaining('formatVersion') },
      },
    ]);
  });

  it('launches the tenant once an operator has repaired the object', async () => {
    const cloud = fleetWith(broken);
    await reconcileOnce(cloud);
    if (broken === 'registration') cloud.register(buildTenant('hooli'));
    else cloud.assignments.delete(object);
    await reconcileOnce(cloud);
    expect(launched(cloud)).toContain(jobOfTenant('hooli'));
  });

  it('shows the rollout as PAUSED, never as SUCCEEDED', async () => {
    const cloud = fleetWith(broken);
    cloud.assign(...['acme', 'globex'].map((tenant) => adoptedAssignment(tenant, { outcome: succeeded })));
    const view = await viewOf(cloud);
    expect(view).toMatchObject({ state: 'PAUSED', rollouts: [{ revision: 1, state: 'PAUSED' }] });
    expect(view.unreadable.map((one) => one.object)).toEqual([object]);
    expect(view.tenants.map(({ tenant }) => tenant)).toEqual(['acme', 'globex']);
  });

  it('acknowledges the tenant’s receipts, because no redelivery repairs an object', async () => {
    const cloud = fleetWith(broken);
    if (broken === 'registration') cloud.assign(adoptedAssignment('hooli'));
    const receipt = buildStoredReceipt({ tenant: 'hooli', execution: 'codex-hooli-9' });
    cloud.file(receipt);
    const before = cloud.assignments.read(ASSIGNMENT);
    const deps = cloud.connect();
    const prompts = new ReceiptPrompts(deps);
    await cloud.run(handleReceipt(buildNotification(receipt.object), { ...deps, prompts }, config));
    expect(cloud.published).toEqual([]);
    expect(cloud.assignments.read(ASSIGNMENT)).toEqual(before);
    expect(cloud.log).toMatchObject([
      { level: 'error', message: 'stored object cannot be read', fields: { receipt: receipt.object, object } },
    ]);
  });
});

describe('concludePromotion with an unreadable tenant', () => {
  it.each([
    ['succeeded', 'run'],
    ['adopted', 'run'],
    ['succeeded', 'none'],
  ] as const)('until %s (launch: %s) concludes paused', async (until, launch) => {
    const cloud = fleetWith('registration');
    const entry = buildEntry(2, { environmentTarDigest: digestB, rollout: { ...defaultRolloutPolicy, launch } });
    cloud.record(entry);
    const moved = { revision: 2, digest: digestB, outcome: succeeded };
    cloud.assign(...['acme', 'globex'].map((tenant) => adoptedAssignment(tenant, moved)));
    const fleet = await cloud.run(readFleet('codex', cloud.connect()));
    const progress = recordedProgress(entry, fleet);
    expect(concludePromotion(progress, until)).toBe('paused');
  });
});

describe('reconcileFleet with a registration that names another runtime', () => {
  it('launches the tenant in neither runtime', async () => {
    const cloud = fleetWith('registration', JSON.stringify(buildTenant('hooli', { runtime: 'other' })));
    const report = await reconcileOnce(cloud);
    expect(report).toMatchObject({ tenants: 2, shouldRequeue: false });
    expect(cloud.assignments.read('other/hooli.json')).toBeUndefined();
    expect(cloud.published).toEqual([]);
  });
});

describe('promote and scanForOrphans with an unreadable registration', () => {
  const policy = { environmentBuckets: ['acme-environments'], maxEnvironmentBytes: 100 };
  const event = { runtime: 'codex', environmentTarUrl: TAR_URL, environmentTarDigest: digestOfText('the tar') };

  it('records a promotion that names the tenant among others', async () => {
    const cloud = fleetWith('registration');
    cloud.tars.put(TAR_URL, 'the tar');
    const message = parseMessage({ ...event, tenants: ['acme', 'hooli'] }, 9);
    expect(await cloud.run(promote(message, cloud.connect(), policy))).toMatchObject({ revision: 2 });
  });

  it('reports no orphan for the tenant’s running execution', async () => {
    const cloud = fleetWith('registration');
    const execution = cloud.jobs.run({ job: jobOfTenant('hooli'), env: {} });
    cloud.assign(adoptedAssignment('hooli', { execution }));
    const request = { runtime: 'codex', intervalSeconds: 60, deadline: new Date(cloud.now().getTime() + 60_000) };
    const orphans = await cloud.run(scanForOrphans(request, cloud.connect(), defaultRetryPolicy));
    expect(orphans?.executions).toEqual({ total: 0, first: [] });
  });
});
