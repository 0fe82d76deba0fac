import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy } from '#functions/core/launch/retry-policy.ts';
import { promote } from '#functions/flows/promotion/promote.ts';
import { reconcileFleet } from '#functions/flows/rollout/reconcile-fleet.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import { runSandbox } from '../../fakes/model-sandbox.ts';
import { digestOfText } from '../../fakes/stores/environments.ts';
import { parseMessage, TAR_URL } from '../../fixtures/event.ts';
import { buildTenant, jobOfTenant } from '../../fixtures/tenant.ts';

const policy = { environmentBuckets: ['acme-environments'], maxEnvironmentBytes: 100 };
const pin = {
  runtime: 'codex',
  environmentTarUrl: TAR_URL,
  environmentTarDigest: digestOfText('the tar') as string,
};

function cloudWithTenant(): FakeCloud {
  const cloud = new FakeCloud();
  cloud.register(buildTenant('acme'));
  cloud.tars.put(TAR_URL, 'the tar');
  return cloud;
}

/** Records the promotion, reconciles, lets the sandboxes end and reconciles again. */
async function promoteAndRun(cloud: FakeCloud, number: number, event: object): Promise<void> {
  await cloud.run(promote(parseMessage(event, number), cloud.connect(), policy));
  await reconcileOnce(cloud);
  for (const { name, outcome } of cloud.jobs.executions()) {
    if (outcome.state === 'RUNNING') runSandbox(cloud, buildTenant('acme'), name);
  }
  await reconcileOnce(cloud);
}

function reconcileOnce(cloud: FakeCloud): Promise<unknown> {
  const deadline = new Date(cloud.now().getTime() + 480_000);
  return cloud.run(
    reconcileFleet({ runtime: 'codex', relaunch: false, deadline }, cloud.connect(), defaultRetryPolicy),
  );
}

const launchesOf = (cloud: FakeCloud) => cloud.jobs.executions(jobOfTenant('acme')).map(({ revision }) => revision);

describe('promote of the pinned tar', () => {
  it('launches every tenant when the earlier promotion launched none', async () => {
    const cloud = cloudWithTenant();
    await promoteAndRun(cloud, 1, { ...pin, rollout: { launch: 'none' } });
    expect(launchesOf(cloud)).toEqual([]);
    await promoteAndRun(cloud, 2, pin);
    expect(launchesOf(cloud)).toEqual([2]);
    expect(cloud.assignment('acme')).toMatchObject({ revision: 2, adoption: 'ADOPTED', proof: { revision: 2 } });
  });

  it('runs adopted tenants again if its rollout differs, because a receipt proves one revision', async () => {
    const cloud = cloudWithTenant();
    await promoteAndRun(cloud, 1, { ...pin, rollout: { launch: 'verify' } });
    expect(cloud.assignment('acme')).toMatchObject({ revision: 1, adoption: 'ADOPTED' });
    await promoteAndRun(cloud, 2, pin);
    expect(launchesOf(cloud)).toEqual([1, 2]);
    expect(cloud.assignment('acme')).toMatchObject({ revision: 2, adoption: 'ADOPTED', proof: { revision: 2 } });
  });

  it('launches no adopted tenant again if its rollout is the same', async () => {
    const cloud = cloudWithTenant();
    await promoteAndRun(cloud, 1, pin);
    await promoteAndRun(cloud, 2, pin);
    expect(launchesOf(cloud)).toEqual([1]);
    expect(cloud.entries()).toMatchObject([{ revision: 1 }, { revision: 2, sameAs: 1 }]);
    expect(cloud.assignment('acme')).toMatchObject({ revision: 1, adoption: 'ADOPTED' });
  });
});
