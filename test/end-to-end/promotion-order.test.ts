import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeIssues } from '#functions/core/values/issues.ts';
import { isSettled, openTestCloud, type TestCloud, until } from './test-cloud.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await openTestCloud();
});
afterAll(() => cloud?.close());

/** A workload that leaves a trace for each run of it. */
function tracing(runtime: string): string {
  return `echo "$PINCAST_ENVIRONMENT" > "${cloud.traces}/${runtime}-ran-$CLOUD_RUN_EXECUTION"`;
}

async function runsOf(runtime: string): Promise<string[]> {
  return (await readdir(cloud.traces)).filter((name) => name.startsWith(`${runtime}-ran-`));
}

describe('promoting several times in a local cloud', () => {
  it('a promotion published three times gives one revision and one run per tenant', async () => {
    await cloud.addTenants('thrice', ['acme', 'globex']);
    const event = {
      runtime: 'thrice',
      ...(await cloud.environment('thrice', tracing('thrice'))),
      promotionId: randomUUID(),
    };
    await Promise.all([cloud.publish(event), cloud.publish(event), cloud.publish(event)]);
    await cloud.untilFleet('thrice', isSettled);
    await cloud.publish(event);
    await cloud.recheck();
    await cloud.untilFleet('thrice', isSettled);

    expect((await cloud.cloud.ledgers.read('thrice')).entries.map(({ revision }) => revision)).toEqual([1]);
    expect(await cloud.executions('thrice-acme')).toHaveLength(1);
    expect(await runsOf('thrice')).toHaveLength(2);
  });

  it('a late promotion is recorded, and moves no tenant of a later promotion', async () => {
    await cloud.addTenants('late', ['acme']);
    const older = await cloud.environment('late', '# older');
    const newer = await cloud.environment('late', '# newer');
    const before = new Date(Date.now() - 60_000).toISOString();
    await cloud.publish({ runtime: 'late', ...newer });
    await cloud.untilFleet('late', isSettled);

    await cloud.publish({ runtime: 'late', ...older }, { originalMessageId: '17', originalPublishTime: before });
    await until('the late entry', async () =>
      (await cloud.cloud.ledgers.read('late')).entries.length === 2 ? true : undefined,
    );
    await cloud.recheck();

    const view = await cloud.untilFleet('late', isSettled);
    expect(view).toMatchObject({ revision: 1, environmentTarDigest: newer.environmentTarDigest });
    expect(view.tenants[0]).toMatchObject({ adoption: 'ADOPTED', revision: 1, digest: newer.environmentTarDigest });
    expect(await cloud.executions('late-acme')).toHaveLength(1);
  });

  it('a repeated pin gets a new revision that names the earlier one', async () => {
    await cloud.addTenants('back', ['acme']);
    const first = await cloud.environment('back', '# first');
    const second = await cloud.environment('back', '# second');
    for (const [index, pin] of [first, second, first].entries()) {
      await cloud.publish({ runtime: 'back', ...pin });
      await cloud.untilTenant(
        'back',
        'acme',
        ({ revision, adoption }) => revision === index + 1 && adoption === 'ADOPTED',
      );
    }
    const { entries } = await cloud.cloud.ledgers.read('back');
    expect(entries.map(({ revision, rollbackOf }) => [revision, rollbackOf])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, 1],
    ]);
    expect(await cloud.tenant('back', 'acme')).toMatchObject({ digest: first.environmentTarDigest, revision: 3 });
  });

  it('a scoped promotion moves only its tenants', async () => {
    await cloud.addTenants('scoped', ['acme', 'globex']);
    const everyone = await cloud.environment('scoped', '# everyone');
    const forAcme = await cloud.environment('scoped', '# acme only');
    await cloud.publish({ runtime: 'scoped', ...everyone });
    await cloud.untilFleet('scoped', isSettled);
    await cloud.publish({ runtime: 'scoped', ...forAcme, tenants: ['acme'] });
    await cloud.untilTenant('scoped', 'acme', ({ revision, adoption }) => revision === 2 && adoption === 'ADOPTED');

    expect(await cloud.tenant('scoped', 'acme')).toMatchObject({ digest: forAcme.environmentTarDigest });
    expect(await cloud.tenant('scoped', 'globex')).toMatchObject({
      revision: 1,
      digest: everyone.environmentTarDigest,
    });
    expect(await cloud.executions('scoped-globex')).toHaveLength(1);
  });

  it('a promotion id reused with another digest is rejected, and the first entry stays', async () => {
    await cloud.addTenants('twins', ['acme']);
    const promotionId = randomUUID();
    const first = await cloud.environment('twins', '# one');
    await cloud.publish({ runtime: 'twins', ...first, promotionId });
    await cloud.untilFleet('twins', isSettled);
    const messageId = await cloud.publish({
      runtime: 'twins',
      ...(await cloud.environment('twins', '# two')),
      promotionId,
    });

    const rejection = await cloud.untilRejected(messageId);
    expect(describeIssues(rejection.faults)).toMatch(/promotionId: .* is revision 1 already, with other content/);
    expect((await cloud.cloud.ledgers.read('twins')).entries).toHaveLength(1);
    expect(await cloud.tenant('twins', 'acme')).toMatchObject({ revision: 1, digest: first.environmentTarDigest });
    expect(await cloud.executions('twins-acme')).toHaveLength(1);
  });
});
