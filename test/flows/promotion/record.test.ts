import { describe, expect, it } from 'vitest';
import { promote } from '#functions/flows/promotion/promote.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import { digestOfText } from '../../fakes/stores/environments.ts';
import { parseMessage, TAR_URL } from '../../fixtures/event.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { publishTime } from '../../fixtures/times.ts';

const policy = { environmentBuckets: ['acme-environments'], maxEnvironmentBytes: 100 };
const pin = { runtime: 'codex', environmentTarUrl: TAR_URL, environmentTarDigest: digestOfText('the tar') as string };
const otherPin = {
  runtime: 'codex',
  environmentTarUrl: `${TAR_URL}.2`,
  environmentTarDigest: digestOfText('the other tar') as string,
};

function cloudWithTars(): FakeCloud {
  const cloud = new FakeCloud();
  cloud.register(buildTenant('acme'));
  cloud.tars.put(pin.environmentTarUrl, 'the tar');
  cloud.tars.put(otherPin.environmentTarUrl, 'the other tar');
  return cloud;
}

/** @param claimed the message id that a replay claims. */
function deliver(cloud: FakeCloud, data: object | string, number: number, claimed = number) {
  const claim = { originalMessageId: String(claimed), originalPublishTime: publishTime(claimed) };
  const message = parseMessage(data, number, claimed === number ? {} : claim);
  return cloud.run(promote(message, cloud.connect(), policy));
}

const rejectedIds = (cloud: FakeCloud) => cloud.rejections().map(({ messageId }) => messageId);

describe('promote with the claimed id of a recorded promotion', () => {
  it.each<[string, object | string]>([
    ['another pin', otherPin],
    ['another pin and a promotion id of its own', { ...otherPin, promotionId: 'ci-7' }],
    ['an unknown field', { ...pin, typo: 1 }],
  ])('rejects the message under its own id if it has %s', async (_, data) => {
    const cloud = cloudWithTars();
    const entry = await deliver(cloud, pin, 1);
    expect(await deliver(cloud, data, 5, 1)).toBeUndefined();
    expect(await deliver(cloud, data, 5, 1)).toBeUndefined();
    expect(cloud.entries()).toEqual([entry]);
    expect(cloud.rejections()).toMatchObject([{ messageId: '5', publishTime: publishTime(5), runtime: 'codex' }]);
    expect(await deliver(cloud, pin, 1)).toEqual(entry);
  });

  it('resumes the recorded promotion if the content is the same', async () => {
    const cloud = cloudWithTars();
    const entry = await deliver(cloud, pin, 1);
    expect(await deliver(cloud, { ...pin, promotionId: 'ci-7' }, 5, 1)).toEqual(entry);
    expect(cloud.entries()).toEqual([entry]);
    expect(cloud.rejections()).toEqual([]);
  });
});

describe('promote with the claimed id of a rejected promotion', () => {
  it('acknowledges the message with a warning that names both ids', async () => {
    const cloud = cloudWithTars();
    await deliver(cloud, { ...pin, tenants: ['stranger'] }, 1);
    cloud.log.length = 0;
    expect(await deliver(cloud, pin, 5, 1)).toBeUndefined();
    expect(cloud.entries()).toEqual([]);
    expect(rejectedIds(cloud)).toEqual(['1']);
    expect(cloud.log).toEqual([
      {
        level: 'warn',
        message: 'message claims the id of a rejected promotion',
        fields: { messageId: '5', claimedId: '1' },
      },
    ]);
  });
});
