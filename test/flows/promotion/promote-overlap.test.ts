import { describe, expect, it } from 'vitest';
import { DeliveryOverlapError, promote } from '#functions/flows/promotion/promote.ts';
import { FakeCloud, type FakeProcess } from '../../fakes/fake-cloud.ts';
import { digestOfText } from '../../fakes/stores/environments.ts';
import { parseMessage, TAR_URL } from '../../fixtures/event.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { expectToThrowWithCode } from '../../match/to-throw-with-code.ts';

const policy = { environmentBuckets: ['acme-environments'], maxEnvironmentBytes: 100 };
const event = {
  runtime: 'codex',
  environmentTarUrl: TAR_URL,
  environmentTarDigest: digestOfText('the tar'),
  tenants: ['newcomer'],
};
const message = parseMessage(event, 7);

/** The promotion names a tenant that is not registered yet. */
function cloudWithoutNewcomer(): FakeCloud {
  const cloud = new FakeCloud();
  cloud.register(buildTenant('acme'));
  cloud.tars.put(TAR_URL, 'the tar');
  return cloud;
}

const deliver = (deps: FakeProcess) => promote(message, deps, policy);

describe('promote of one message twice, with different decisions', () => {
  it('keeps the first rejection', async () => {
    const cloud = cloudWithoutNewcomer();
    expect(await cloud.run(deliver(cloud.connect('first')))).toBeUndefined();
    cloud.register(buildTenant('newcomer'));
    expect(await cloud.run(deliver(cloud.connect('second')))).toBeUndefined();
    expect(cloud.entries()).toEqual([]);
    expect(cloud.rejections().map(({ messageId }) => messageId)).toEqual(['7']);
  });

  it('keeps only the ledger entry if another delivery recorded the message meanwhile', async () => {
    const cloud = cloudWithoutNewcomer();
    const rejecting = cloud.connect('rejecting');
    const quick = { ...rejecting, rejections: { ...rejecting.rejections, keep: keepAfterRecording } };
    async function keepAfterRecording(rejection: Parameters<FakeProcess['rejections']['keep']>[0]): Promise<void> {
      cloud.register(buildTenant('newcomer'));
      await deliver(cloud.connect('recording'));
      await rejecting.rejections.keep(rejection);
    }
    await expectToThrowWithCode(() => cloud.run(deliver(quick)), DeliveryOverlapError, 'OVERLAP');
    expect(await cloud.run(deliver(cloud.connect('again')))).toMatchObject({ revision: 1, messageId: '7' });
    expect(cloud.entries()).toHaveLength(1);
    expect(cloud.rejections()).toEqual([]);
  });

  it('withdraws what a delivery left that ended between the two objects of its rejection', async () => {
    const cloud = cloudWithoutNewcomer();
    cloud.register(buildTenant('newcomer'));
    const withdrawn: string[] = [];
    const deps = cloud.connect('recording', ({ port, method, about }) => {
      if (port === 'rejections' && method === 'withdraw') withdrawn.push(about);
      return undefined;
    });
    expect(await cloud.run(deliver(deps))).toMatchObject({ revision: 1 });
    expect(withdrawn).toEqual(['rejections/7.json']);
  });
});
