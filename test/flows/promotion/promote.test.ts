import { describe, expect, it } from 'vitest';
import { openGuard } from '#functions/core/records/guard.ts';
import type { LedgerEntry } from '#functions/core/records/ledger-entry.ts';
import { promote } from '#functions/flows/promotion/promote.ts';
import { LedgerContentionError } from '#functions/flows/promotion/record.ts';
import { FakeCloud, type FakeProcess } from '../../fakes/fake-cloud.ts';
import { InjectedError } from '../../fakes/gate.ts';
import { seededPick } from '../../fakes/seeded-pick.ts';
import { digestOfText } from '../../fakes/stores/environments.ts';
import { digestB } from '../../fixtures/digests.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { parseMessage, TAR_URL } from '../../fixtures/event.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { publishTime } from '../../fixtures/times.ts';
import { expectToThrowWithCode } from '../../match/to-throw-with-code.ts';

const policy = { environmentBuckets: ['acme-environments', 'more-environments'], maxEnvironmentBytes: 100 };
const OTHER_URL = 'gs://more-environments/codex/2.tar';

function cloudWithTar(pick?: (choices: number) => number): FakeCloud {
  const cloud = new FakeCloud(pick === undefined ? {} : { pick });
  cloud.register(buildTenant('acme'), buildTenant('globex'));
  cloud.tars.put(TAR_URL, 'the tar');
  cloud.tars.put(OTHER_URL, 'the other tar');
  return cloud;
}

const published = {
  runtime: 'codex',
  environmentTarUrl: TAR_URL,
  environmentTarDigest: digestOfText('the tar') as string,
};
const publishedOther = {
  ...published,
  environmentTarUrl: OTHER_URL,
  environmentTarDigest: digestOfText('the other tar'),
};

function deliver(
  deps: FakeProcess,
  data: object | string,
  number = 1,
  attributes: Record<string, string> = {},
): Promise<LedgerEntry | undefined> {
  return promote(parseMessage(data, number, attributes), deps, policy);
}

/** The promotion is kept as rejected, said so at ERROR, and nothing else was left anywhere. */
function expectRejected(cloud: FakeCloud, paths: readonly string[], entries = 0): string[] {
  const [rejection, ...more] = cloud.rejections();
  expect(more).toEqual([]);
  expect(rejection?.faults.map(({ path }) => path)).toEqual(paths);
  expect(cloud.log.filter(({ level }) => level === 'error')).toHaveLength(1);
  expect(cloud.entries()).toHaveLength(entries);
  expect(cloud.jobs.executions()).toEqual([]);
  expect(cloud.assignments.list('codex/')).toEqual([]);
  return rejection?.faults.map(({ message }) => message) ?? [];
}

describe('promote', () => {
  it('records the next revision with the generation that it hashed', async () => {
    const cloud = cloudWithTar();
    const entry = await cloud.run(deliver(cloud.connect(), { ...published, promotedBy: 'ci' }));
    expect(cloud.entries()).toEqual([entry]);
    expect(entry).toMatchObject({
      ...published,
      revision: 1,
      promotionId: '1',
      messageId: '1',
      publishTime: publishTime(1),
      promotedBy: 'ci',
      environmentGeneration: cloud.tars.get(TAR_URL)?.generation,
      environmentBytes: 7,
    });
    expect(cloud.rejections()).toEqual([]);
  });

  it('returns its own revision on a redelivery', async () => {
    const cloud = cloudWithTar();
    const first = await cloud.run(deliver(cloud.connect(), published));
    const again = await cloud.run(deliver(cloud.connect('another'), published));
    expect(again).toEqual(first);
    expect(cloud.entries()).toHaveLength(1);
  });

  it('records the same pin again as an entry that repeats the first', async () => {
    const cloud = cloudWithTar();
    await cloud.run(deliver(cloud.connect(), published, 1));
    expect(await cloud.run(deliver(cloud.connect(), published, 2))).toMatchObject({ revision: 2, sameAs: 1 });
  });

  it('records a promotion that expects the newest revision', async () => {
    const cloud = cloudWithTar();
    await cloud.run(deliver(cloud.connect(), { ...published, expectedRevision: 0 }, 1));
    const entry = await cloud.run(deliver(cloud.connect(), { ...publishedOther, expectedRevision: 1 }, 2));
    expect(entry?.revision).toBe(2);
  });

  it('records the tenants of a scoped promotion in order', async () => {
    const cloud = cloudWithTar();
    const entry = await cloud.run(deliver(cloud.connect(), { ...published, tenants: ['globex', 'acme'] }));
    expect(entry?.tenants).toEqual(['acme', 'globex']);
  });
});

describe('promote of a message with issues', () => {
  it.each<[string, object | string, string[], RegExp]>([
    ['that is not JSON', '{"runtime":', [''], /not JSON/],
    ['with an unknown field', { ...published, tenant: 'acme' }, ['tenant'], /unknown field/],
    [
      'for an unknown tenant',
      { ...published, tenants: ['acme', 'acne'] },
      ['tenants'],
      /"acne" is not a tenant of codex/,
    ],
    [
      'for a runtime without tenants',
      { ...published, runtime: 'codes' },
      ['runtime'],
      /no tenant is registered for "codes"/,
    ],
    [
      'with a URL outside the buckets',
      { ...published, environmentTarUrl: 'gs://elsewhere/codex/1.tar' },
      ['environmentTarUrl'],
      /expected an object in gs:\/\/acme-environments or gs:\/\/more-environments, got gs:\/\/elsewhere/,
    ],
    [
      'of a missing object',
      { ...published, environmentTarUrl: 'gs://acme-environments/codex/9.tar' },
      ['environmentTarUrl'],
      /there is no object gs:\/\/acme-environments\/codex\/9\.tar/,
    ],
    [
      'whose bytes hash to another digest',
      { ...published, environmentTarDigest: digestB },
      ['environmentTarDigest'],
      /expected sha256:bbb.*but the object's bytes hash to sha256:/,
    ],
    [
      'that expects another revision',
      { ...published, expectedRevision: 4 },
      ['expectedRevision'],
      /expected 4, but the newest is 0/,
    ],
  ])('rejects a promotion %s, and keeps the reason', async (_, data, paths, message) => {
    const cloud = cloudWithTar();
    expect(await cloud.run(deliver(cloud.connect(), data))).toBeUndefined();
    expect(expectRejected(cloud, paths)[0]).toMatch(message);
  });

  it('rejects an object with a contentEncoding, and explains why', async () => {
    const cloud = cloudWithTar();
    cloud.tars.put(TAR_URL, 'the tar', 'gzip');
    await cloud.run(deliver(cloud.connect(), published));
    expect(expectRejected(cloud, ['environmentTarUrl'])[0]).toMatch(/contentEncoding gzip.*decompress it in flight/);
    expect(cloud.tars.hashed).toEqual([]);
  });

  it('rejects an object above the size cap without reading it', async () => {
    const cloud = cloudWithTar();
    cloud.tars.put(TAR_URL, 'x'.repeat(101));
    await cloud.run(deliver(cloud.connect(), { ...published, environmentTarDigest: digestOfText('x'.repeat(101)) }));
    expect(expectRejected(cloud, ['environmentTarUrl'])).toEqual(['it has 101 bytes, the most is 100']);
    expect(cloud.tars.hashed).toEqual([]);
  });

  it('rejects a revoked digest, although the bytes match', async () => {
    const cloud = cloudWithTar();
    cloud.setGuard({ ...openGuard, revokedDigests: [digestOfText('the tar')] });
    await cloud.run(deliver(cloud.connect(), published));
    expect(expectRejected(cloud, ['environmentTarDigest'])[0]).toMatch(/is revoked/);
  });

  it('records a promotion under a lockdown, because a lockdown stops runs only', async () => {
    const cloud = cloudWithTar();
    cloud.setGuard({ ...openGuard, lockdown: true });
    expect(await cloud.run(deliver(cloud.connect(), published))).toMatchObject({ revision: 1 });
  });

  it('rejects a promotion id reused with another digest, and keeps the first entry', async () => {
    const cloud = cloudWithTar();
    const first = await cloud.run(deliver(cloud.connect(), { ...published, promotionId: 'ci-7' }, 1));
    expect(await cloud.run(deliver(cloud.connect(), { ...publishedOther, promotionId: 'ci-7' }, 2))).toBeUndefined();
    expect(expectRejected(cloud, ['promotionId'], 1)[0]).toMatch(/"ci-7" is revision 1 already, with other content/);
    expect(cloud.entries()).toEqual([first]);
  });

  it('rejects with all issues of ledger, fleet and object together', async () => {
    const cloud = cloudWithTar();
    cloud.tars.put(TAR_URL, 'x'.repeat(101), 'gzip');
    cloud.setGuard({ ...openGuard, revokedDigests: [digestOfText('the tar')] });
    await cloud.run(deliver(cloud.connect(), { ...published, tenants: ['acne', 'globes'], expectedRevision: 4 }));
    expectRejected(cloud, [
      'expectedRevision',
      'tenants',
      'tenants',
      'environmentTarDigest',
      'environmentTarUrl',
      'environmentTarUrl',
    ]);
  });

  it('rejects with the issues of text and claims beside those of ledger, fleet and object', async () => {
    const cloud = cloudWithTar();
    const event = {
      ...published,
      environmentTarUrl: 'gs://elsewhere/1.tar',
      tenants: ['acne'],
      typo: 1,
      expectedRevision: -1,
    };
    const claim = { originalMessageId: '7', originalPublishTime: publishTime(2) };
    await cloud.run(deliver(cloud.connect(), event, 1, claim));
    expectRejected(cloud, ['originalPublishTime', 'expectedRevision', 'typo', 'tenants', 'environmentTarUrl']);
  });

  it('rejects a promotion with a wrong claim alone', async () => {
    const cloud = cloudWithTar();
    const claim = { originalMessageId: '../7', originalPublishTime: publishTime(0) };
    await cloud.run(deliver(cloud.connect(), published, 1, claim));
    expectRejected(cloud, ['originalMessageId']);
  });

  it('keeps one rejection for any number of deliveries, with the data clipped', async () => {
    const cloud = cloudWithTar();
    const long = `{${' '.repeat(100_000)}`;
    await cloud.run(deliver(cloud.connect(), long));
    const [kept] = cloud.rejections();
    cloud.stage.advance(60_000);
    await cloud.run(deliver(cloud.connect(), long));
    expect(cloud.rejections()).toEqual([kept]);
    expect(kept).toMatchObject({ messageId: '1', publishTime: publishTime(1), data: long.slice(0, 16_384) });
  });

  it('keeps at most 200 issues, and the number of the others', async () => {
    const cloud = cloudWithTar();
    const noise = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`field-${index}`, 1]));
    await cloud.run(deliver(cloud.connect(), { ...published, ...noise }));
    const [kept] = cloud.rejections();
    expect(kept?.faults).toHaveLength(201);
    expect(kept?.faults.at(-1)?.message).toBe('and 49800 more issues');
  });
});

describe('promote with its preflight', () => {
  it('hashes a generation with the same digest once', async () => {
    const cloud = cloudWithTar();
    await cloud.run(deliver(cloud.connect(), published, 1));
    await cloud.run(deliver(cloud.connect(), published, 2));
    await cloud.run(deliver(cloud.connect(), { ...published, tenants: ['acme'] }, 3));
    expect(cloud.entries()).toHaveLength(3);
    expect(cloud.tars.hashed).toHaveLength(1);
  });

  it('hashes another generation and another digest again', async () => {
    const cloud = cloudWithTar();
    await cloud.run(deliver(cloud.connect(), published, 1));
    cloud.tars.put(TAR_URL, 'the tar');
    await cloud.run(deliver(cloud.connect(), published, 2));
    expect(cloud.tars.hashed).toHaveLength(2);
    cloud.tars.put(TAR_URL, 'tampered');
    expect(await cloud.run(deliver(cloud.connect(), published, 3))).toBeUndefined();
    expect(
      await cloud.run(deliver(cloud.connect(), { ...published, environmentTarDigest: digestB }, 4)),
    ).toBeUndefined();
    expect(cloud.tars.hashed).toHaveLength(4);
    expect(cloud.entries()).toHaveLength(2);
    expect(cloud.rejections().map(({ faults }) => faults[0]?.path)).toEqual([
      'environmentTarDigest',
      'environmentTarDigest',
    ]);
  });

  it('throws if the object was replaced meanwhile, so that Pub/Sub redelivers', async () => {
    const cloud = cloudWithTar();
    const deps = cloud.connect('first', ({ method }) => {
      if (method === 'hash') cloud.tars.put(TAR_URL, 'replaced');
      return undefined;
    });
    await expect(cloud.run(deliver(deps, published))).rejects.toThrow('there is no generation');
    expect(cloud.rejections()).toEqual([]);
    expect(cloud.entries()).toEqual([]);
  });
});

describe('promote of several messages at once', () => {
  const seeds = Array.from({ length: 150 }, (_, seed) => seed);

  it.each([
    ['different promotions', [published, publishedOther, { ...published, tenants: ['acme'] }], [1, 2, 3], 3],
    ['two redeliveries of one', [published, published], [1, 1], 1],
    ['one promotion id in two messages', [1, 2].map(() => ({ ...published, promotionId: 'ci-7' })), [1, 2], 1],
  ] as const)('records %s once, for every order of calls', async (_, events, numbers, count) => {
    for (const seed of seeds) {
      const cloud = cloudWithTar(seededPick(seed));
      const ends = await cloud.play(
        ...events.map((event, index) => deliver(cloud.connect(`p${index}`), event, numbers[index])),
      );
      expect(ends.map((end) => (end === 'stuck' ? end : end.status))).toEqual(events.map(() => 'fulfilled'));
      expect(cloud.entries().map(({ revision }) => revision)).toEqual(Array.from({ length: count }, (_, n) => n + 1));
      expect(new Set(cloud.entries().map(({ promotionId }) => promotionId)).size).toBe(count);
      expect(cloud.rejections()).toEqual([]);
    }
  });

  it('records one of two promotions that expect the same revision, and rejects the other', async () => {
    for (const seed of seeds) {
      const cloud = cloudWithTar(seededPick(seed));
      await cloud.play(
        deliver(cloud.connect('p1'), { ...published, expectedRevision: 0 }, 1),
        deliver(cloud.connect('p2'), { ...publishedOther, expectedRevision: 0 }, 2),
      );
      expect(cloud.entries()).toHaveLength(1);
      expect(cloud.rejections()).toHaveLength(1);
    }
  });

  it('hashes each object once, also after CAS conflicts', async () => {
    const cloud = cloudWithTar();
    const rival = (revision: number) => buildEntry(revision, { environmentTarUrl: `${TAR_URL}-${revision}` });
    const deps = cloud.connect('loser', ({ method }) => {
      if (method === 'create' && cloud.entries().length < 5) cloud.record(rival(cloud.entries().length + 1));
      return undefined;
    });
    expect(await cloud.run(deliver(deps, published, 99))).toMatchObject({ revision: 6 });
    expect(cloud.tars.hashed).toHaveLength(1);
  });

  it('throws if every attempt met a CAS conflict, so that Pub/Sub redelivers', async () => {
    const cloud = cloudWithTar();
    const rival = (revision: number) => buildEntry(revision, { environmentTarUrl: `${TAR_URL}-${revision}` });
    const deps = cloud.connect('loser', ({ method }) => {
      if (method === 'create') cloud.record(rival(cloud.entries().length + 1));
      return undefined;
    });
    const deliveries = () => cloud.run(deliver(deps, published, 99));
    await expectToThrowWithCode(deliveries, LedgerContentionError, 'LEDGER_CONTENTION');
    expect(cloud.entries().every(({ messageId }) => messageId !== '99')).toBe(true);
    expect(cloud.rejections()).toEqual([]);
  });
});

describe('promote with a fault at any call', () => {
  it.each(['throw', 'lost', 'die', 'die-after'] as const)(
    'loses nothing and records nothing twice after a fault: %s',
    async (kind) => {
      for (let nth = 1; ; nth++) {
        const cloud = cloudWithTar();
        let struck = false;
        const deps = cloud.connect('first', (call) => {
          if (call.nth !== nth) return undefined;
          struck = true;
          return { kind, error: new InjectedError(`${call.port}.${call.method}`) };
        });
        await cloud.play(deliver(deps, published));
        expect(await cloud.run(deliver(cloud.connect('second'), published))).toMatchObject({ revision: 1 });
        expect(cloud.entries()).toHaveLength(1);
        expect(cloud.rejections()).toEqual([]);
        if (!struck) break;
      }
    },
  );

  it('keeps one rejection after a lost answer', async () => {
    for (let nth = 1; nth <= 10; nth++) {
      const cloud = cloudWithTar();
      const deps = cloud.connect('first', (call) =>
        call.nth === nth ? { kind: 'lost', error: new InjectedError('lost') } : undefined,
      );
      await cloud.play(deliver(deps, { ...published, environmentTarDigest: digestB }));
      await cloud.run(deliver(cloud.connect('second'), { ...published, environmentTarDigest: digestB }));
      expect(cloud.rejections()).toHaveLength(1);
      expect(cloud.entries()).toEqual([]);
    }
  });
});
