import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeIssues } from '#functions/core/values/issues.ts';
import { isSettled, openTestCloud, type TestCloud } from './test-cloud.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await openTestCloud();
});
afterAll(() => cloud?.close());

const digestOf = (digit: string) => `sha256:${digit.repeat(64)}`;

/** A workload that leaves a trace for each run of it. */
function tracing(runtime: string): string {
  return `echo "$PINCAST_ENVIRONMENT" > "${cloud.traces}/${runtime}-ran-$CLOUD_RUN_EXECUTION"`;
}

async function runsOf(runtime: string): Promise<string[]> {
  return (await readdir(cloud.traces)).filter((name) => name.startsWith(`${runtime}-ran-`));
}

describe('promoting in a local cloud', () => {
  it('every tenant adopts, proved by receipts with the digest of the bytes they hashed', async () => {
    await cloud.addTenants('happy', ['acme', 'globex']);
    const pin = await cloud.environment('happy', tracing('happy'));
    await cloud.publish({ runtime: 'happy', ...pin });

    const view = await cloud.untilFleet('happy', isSettled);

    expect(view.state).toBe('SUCCEEDED');
    for (const tenant of view.tenants) {
      expect(tenant).toMatchObject({
        adoption: 'ADOPTED',
        revision: 1,
        digest: pin.environmentTarDigest,
        launchAttempt: 1,
      });
      const receipts = await cloud.receipts('happy', tenant.tenant);
      expect(receipts.map(({ kind }) => kind).sort()).toEqual(['adopted', 'finished']);
      expect(receipts.map(({ digest }) => digest)).toEqual([pin.environmentTarDigest, pin.environmentTarDigest]);
    }
    expect(await runsOf('happy')).toHaveLength(2);
  });

  it('launch none runs nothing; the next console run adopts', async () => {
    await cloud.addTenants('quiet', ['acme']);
    const pin = await cloud.environment('quiet', tracing('quiet'));
    await cloud.publish({ runtime: 'quiet', ...pin, rollout: { launch: 'none' } });
    await cloud.untilTenant('quiet', 'acme', ({ revision }) => revision === 1);
    await cloud.recheck();
    expect(await cloud.tenant('quiet', 'acme')).toMatchObject({ adoption: 'NEVER_RAN', launchAttempt: 0 });
    expect(await cloud.executions('quiet-acme')).toEqual([]);

    const [tenant] = (await cloud.cloud.fleet.tenants('quiet')).records;
    await cloud.cloud.launcher.run({ job: tenant?.job ?? '', env: {} });
    await cloud.untilFleet('quiet', isSettled);
    expect(await runsOf('quiet')).toHaveLength(1);
  });

  it('launch verify proves the bytes and runs no workload', async () => {
    await cloud.addTenants('dry', ['acme']);
    const pin = await cloud.environment('dry', tracing('dry'));
    await cloud.publish({ runtime: 'dry', ...pin, rollout: { launch: 'verify' } });
    const view = await cloud.untilFleet('dry', isSettled);
    expect(view.tenants[0]).toMatchObject({ adoption: 'ADOPTED', outcome: { state: 'SUCCEEDED' } });
    expect(await runsOf('dry')).toEqual([]);
  });
});

describe('promoting in a local cloud with issues', () => {
  beforeAll(() => cloud.addTenants('bad', ['acme']));

  const url = (object: string) => `gs://pincast-environments/bad/${object}`;
  const pin = { environmentTarUrl: url('x.tar'), environmentTarDigest: digestOf('a') };

  it.each<[string, () => Promise<object | string> | object | string, RegExp[]]>([
    ['malformed JSON', () => '{"runtime": "bad",', [/not JSON/]],
    ['unknown fields', () => ({ runtime: 'bad', ...pin, tennants: ['acme'] }), [/tennants: unknown field/]],
    [
      'bad identifiers',
      () => ({ runtime: 'Bad!', ...pin, tenants: ['_'] }),
      [/runtime: .*"Bad!"/, /tenants\.0: .*"_"/],
    ],
    [
      'an unknown tenant',
      () => ({ runtime: 'bad', ...pin, tenants: ['acme', 'stranger'] }),
      [/"stranger" is not a tenant/],
    ],
    ['an unknown runtime', () => ({ ...pin, runtime: 'nowhere' }), [/no tenant is registered for "nowhere"/]],
    [
      'a URL outside the environments bucket',
      () => ({ runtime: 'bad', ...pin, environmentTarUrl: 'gs://elsewhere/x.tar' }),
      [/environmentTarUrl: .*gs:\/\/pincast-environments.*gs:\/\/elsewhere\/x\.tar/],
    ],
    [
      'a missing object',
      () => ({ runtime: 'bad', ...pin }),
      [/there is no object gs:\/\/pincast-environments\/bad\/x\.tar/],
    ],
    [
      'a revision that is not the newest',
      async () => ({ runtime: 'bad', ...(await cloud.environment('bad', '# 41')), expectedRevision: 41 }),
      [/expectedRevision: expected 41, but the newest is 0/],
    ],
    [
      'a digest that is not that of the bytes',
      async () => ({
        runtime: 'bad',
        ...(await cloud.environment('bad', '# other')),
        environmentTarDigest: digestOf('b'),
      }),
      [
        new RegExp(
          `environmentTarDigest: expected ${digestOf('b')}, but the object's bytes hash to sha256:[0-9a-f]{64}`,
        ),
      ],
    ],
    [
      'a tar with contentEncoding gzip',
      async () => ({ runtime: 'bad', ...(await cloud.environment('bad', '# gzip', { contentEncoding: 'gzip' })) }),
      [/contentEncoding gzip: Cloud Storage would decompress it in flight/],
    ],
    [
      'several faults at once',
      () => ({ runtime: 'bad', environmentTarUrl: 'http://x', environmentTarDigest: 'md5:1', extra: 1 }),
      [/environmentTarUrl: expected gs:/, /environmentTarDigest: .*md5/, /extra: unknown field/],
    ],
  ])('a promotion with %s is rejected with every issue, and launches nothing', async (_title, event, faults) => {
    const messageId = await cloud.publish(await event());
    const rejection = await cloud.untilRejected(messageId);
    for (const fault of faults) expect(describeIssues(rejection.faults)).toMatch(fault);
    expect((await cloud.cloud.ledgers.read('bad')).entries).toEqual([]);
    expect(await cloud.executions('bad-acme')).toEqual([]);
    expect((await cloud.cloud.assignments.list('bad')).records).toEqual([]);
  });
});
