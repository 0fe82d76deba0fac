import { describe, expect, it } from 'vitest';
import { largestLocation } from '#functions/cli/promotion/wait.ts';
import { openGuard } from '#functions/core/records/guard.ts';
import { parseDigest } from '#functions/core/values/digest.ts';
import { cancelled, succeeded } from '#functions/core/values/outcome.ts';
import { rolloutSeconds } from '#functions/core/values/seconds.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import { adoptedAssignment } from '../../fixtures/assignment.ts';
import { digestB } from '../../fixtures/digests.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { TAR_URL } from '../../fixtures/event.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { publishTime } from '../../fixtures/times.ts';
import { runIn } from '../fake-session.ts';
import { fanOut } from '../fan-out.ts';

function buildFleet(...tenants: string[]): { cloud: FakeCloud; promote: string[] } {
  const cloud = new FakeCloud();
  cloud.register(...tenants.map((tenant) => buildTenant(tenant)));
  const { digest } = cloud.tars.put(TAR_URL, 'the bytes');
  return { cloud, promote: ['promote', TAR_URL, digest, '--runtime', 'codex'] };
}

describe('pincast promote', () => {
  it('publishes the event that fan-out expects, and prints both ids', async () => {
    const { cloud, promote } = buildFleet('acme', 'globex');
    const options = [
      '--tenants',
      'globex,acme',
      '--expected-revision',
      '0',
      '--promotion-id',
      'p-1',
      '--launch',
      'verify',
    ];
    const more = ['--reason', 'a fix', '--max-failures', '2'];
    const { exitCode, out, err } = await runIn(cloud, [...promote, ...options, ...more, '--async']);
    expect(exitCode).toBe(0);
    expect(out).toBe('published message 1, promotion p-1\n');
    expect(err).toContain('target: the fake cloud');
    expect(cloud.published).toEqual([
      {
        topic: 'pin-promoted',
        attributes: {},
        messageId: '1',
        data: {
          runtime: 'codex',
          environmentTarUrl: TAR_URL,
          environmentTarDigest: promote[2],
          tenants: ['globex', 'acme'],
          expectedRevision: 0,
          promotionId: 'p-1',
          promotedBy: 'olivia',
          reason: 'a fix',
          rollout: { launch: 'verify', maxFailures: 2 },
        },
      },
    ]);
  });

  it('gives every promotion a new id', async () => {
    const { cloud, promote } = buildFleet('acme');
    const first = JSON.parse((await runIn(cloud, [...promote, '--async', '--json'])).out);
    const second = JSON.parse((await runIn(cloud, [...promote, '--async', '--json'])).out);
    expect(first.promotionId).toMatch(/^[0-9a-f-]{36}$/);
    expect(second.promotionId).not.toBe(first.promotionId);
  });

  it('names every issue by its argument, and publishes nothing', async () => {
    const cloud = new FakeCloud();
    const options = ['--tenants', 'a,B', '--expected-revision', 'x', '--max-failures', '-1', '--launch', 'now'];
    const args = ['promote', 'gs://acme-environments/1.tar', 'md5:1', ...options, '--timeout', '0', '--bucket', 'b'];
    const { exitCode, out, err } = await runIn(cloud, args);
    expect(exitCode).toBe(64);
    expect(out).toBe('');
    const faulty = [
      '--runtime',
      'digest',
      '--tenants',
      '--expected-revision',
      '--max-failures',
      '--launch',
      '--timeout',
    ];
    for (const argument of [...faulty, '--bucket']) expect(err).toContain(`\n  ${argument}: `);
    expect(cloud.published).toEqual([]);
  });

  it('requires the digest of a gs:// URL', async () => {
    const { cloud } = buildFleet('acme');
    const { exitCode, err } = await runIn(cloud, ['promote', TAR_URL, '--runtime', 'codex']);
    expect(exitCode).toBe(64);
    expect(err).toContain('  digest: missing; `pincast digest FILE` prints it');
    expect(cloud.published).toEqual([]);
  });

  it('returns when the promotion is recorded, and prints its revision', async () => {
    const { cloud, promote } = buildFleet('acme');
    cloud.record(buildEntry(1, { publishTime: publishTime(-10) }));
    const { exitCode, out } = await runIn(cloud, promote, fanOut(cloud, { behaviour: { acme: 'hangs' } }));
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^published message 1, promotion .*\ncodex: recorded as r2\n$/);
  });

  it('says that a repeated pin launches nothing', async () => {
    const { cloud, promote } = buildFleet('acme');
    cloud.record(buildEntry(1, { environmentTarDigest: parseDigest(promote[2] ?? ''), publishTime: publishTime(-10) }));
    cloud.assign(adoptedAssignment('acme', { digest: parseDigest(promote[2] ?? ''), outcome: succeeded }));
    const { exitCode, out } = await runIn(cloud, promote, fanOut(cloud));
    expect(exitCode).toBe(0);
    expect(out).toContain(
      'codex: recorded as r2, the same as r1 (URL, digest, tenants and rollout): nothing is launched again, and r1 is ' +
        'SUCCEEDED: 1 adopted, 1 workload succeeded\n',
    );
    expect(cloud.launches()).toEqual([]);
  });

  it('exits 2 with every reason if fan-out rejects the promotion', async () => {
    const { cloud, promote } = buildFleet('acme');
    const { exitCode, out } = await runIn(cloud, [...promote, '--expected-revision', '7'], fanOut(cloud));
    expect(exitCode).toBe(2);
    expect(out).toContain('expectedRevision: expected 7, but the newest is 0');
    expect(cloud.entries()).toEqual([]);
  });

  it('exits 124 if no fan-out takes the message', async () => {
    const { cloud, promote } = buildFleet('acme');
    const { exitCode, out } = await runIn(cloud, promote);
    expect(exitCode).toBe(124);
    expect(out).toContain('neither recorded nor rejected the promotion');
  });

  it('rejects --async with --wait, and publishes nothing', async () => {
    const { cloud, promote } = buildFleet('acme');
    const { exitCode, err } = await runIn(cloud, [...promote, '--async', '--wait', '--until', 'now']);
    expect(exitCode).toBe(64);
    expect(err).toContain('--async: cannot be combined with --wait or --until');
    expect(err).toContain('--until: expected adopted or succeeded, got "now"');
    expect(cloud.published).toEqual([]);
  });
});

describe('pincast promote, before it publishes', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const revoked = { ...openGuard, revokedDigests: [digestB] };

  it.each<[string, string[], number, string]>([
    [
      'a missing object',
      ['gs://acme-environments/none.tar', digest, '--runtime', 'codex'],
      66,
      'environment: there is no object gs://acme-environments/none.tar',
    ],
    [
      'a foreign bucket',
      ['gs://elsewhere/1.tar', digest, '--runtime', 'codex'],
      64,
      'environment: expected an object in gs://acme-environments or',
    ],
    [
      'an unknown runtime',
      [TAR_URL, digest, '--runtime', 'codx'],
      66,
      '--runtime: no tenant is registered for "codx"; the only runtime is codex',
    ],
    [
      'an unknown tenant',
      [TAR_URL, digest, '--runtime', 'codex', '--tenants', 'acmee'],
      66,
      '--tenants: "acmee" is not a tenant of codex',
    ],
    ['a revoked digest', [TAR_URL, digestB, '--runtime', 'codex'], 64, `digest: ${digestB} is revoked`],
    [
      'a tar with contentEncoding',
      ['gs://acme-environments/gzip.tar', digest, '--runtime', 'codex'],
      64,
      'environment: it is stored with contentEncoding gzip',
    ],
    [
      'no environment',
      ['--runtime', 'codex'],
      64,
      'environment: missing: a local tar, gs://bucket/object, or --revision N',
    ],
    [
      'an unknown revision',
      ['--revision', '9', '--runtime', 'codex'],
      66,
      '--revision: codex has no revision 9; its ledger is empty',
    ],
    [
      'a revision and an environment',
      [TAR_URL, '--revision', '1', '--runtime', 'codex'],
      64,
      '--revision: takes URL and digest from the ledger',
    ],
    [
      'a timeout beyond a week',
      [TAR_URL, digest, '--runtime', 'codex', '--timeout', '999999999999999'],
      64,
      '--timeout: expected seconds from 1 to 604800, got "999999999999999"',
    ],
    [
      'a launch mode that is none',
      [TAR_URL, digest, '--runtime', 'codex', '--launch', 'go'],
      64,
      '--launch: expected one of run, verify, none, got "go"',
    ],
  ])('refuses %s, and publishes nothing', async (_, args, expected, message) => {
    const { cloud } = buildFleet('acme');
    cloud.tars.put('gs://acme-environments/gzip.tar', 'x', 'gzip');
    cloud.setGuard(revoked);
    const { exitCode, out, err } = await runIn(cloud, ['promote', ...args]);
    expect(err).toContain(`  ${message}`);
    expect({ exitCode, out, published: cloud.published }).toEqual({ exitCode: expected, out: '', published: [] });
  });

  it('names every issue at once', async () => {
    const { cloud } = buildFleet('acme');
    const wrong = ['gs://acme-environments/none.tar', '--runtime', 'codex', '--tenants', 'acmee', '--timeout', '0'];
    const { exitCode, err } = await runIn(cloud, ['promote', ...wrong]);
    expect(exitCode).toBe(64);
    for (const argument of ['digest', '--timeout', '--tenants', 'environment'])
      expect(err).toContain(`\n  ${argument}: `);
    expect(cloud.published).toEqual([]);
  });
});

describe('pincast promote --revision', () => {
  it('promotes the pin of an old revision again, for the tenants of the new command', async () => {
    const { cloud, promote } = buildFleet('acme', 'globex');
    const old = buildEntry(1, { environmentTarDigest: parseDigest(promote[2] ?? ''), publishTime: publishTime(-20) });
    cloud.record(old, buildEntry(2, { environmentTarDigest: digestB, publishTime: publishTime(-10) }));
    const args = ['promote', '--revision', '1', '--runtime', 'codex', '--tenants', 'acme', '--reason', 'r2 breaks'];
    const { exitCode, out } = await runIn(cloud, args, fanOut(cloud));
    expect(exitCode).toBe(0);
    expect(out).toContain('codex: recorded as r3\n');
    expect(cloud.entries().at(-1)).toMatchObject({
      revision: 3,
      rollbackOf: 1,
      environmentTarUrl: TAR_URL,
      environmentTarDigest: promote[2],
      tenants: ['acme'],
      reason: 'r2 breaks',
    });
  });
});

describe('pincast promote --wait', () => {
  it('exits 0 when every tenant in scope has adopted and every workload has succeeded', async () => {
    const { cloud, promote } = buildFleet('acme', 'globex', 'initech');
    const args = [...promote, '--tenants', 'acme,globex', '--wait'];
    const { exitCode, out, err } = await runIn(cloud, args, fanOut(cloud));
    expect(exitCode).toBe(0);
    expect(out).toContain('codex revision 1: SUCCEEDED: 2 adopted, 2 workloads succeeded');
    expect(out).not.toContain('initech');
    expect(err).toContain('codex revision 1 IN_PROGRESS: 2 launching');
  });

  it('exits 1 when every tenant has adopted and every workload has failed, and says both', async () => {
    const { cloud, promote } = buildFleet('acme', 'globex');
    const behaviour = { acme: { exitCode: 127 }, globex: { exitCode: 127 } };
    const { exitCode, out } = await runIn(cloud, [...promote, '--wait'], fanOut(cloud, { behaviour }));
    expect(exitCode).toBe(1);
    expect(out).toContain('codex revision 1: HALTED: 2 adopted, 2 workloads failed');
  });

  it('exits 0 with --until adopted, although a workload failed', async () => {
    const { cloud, promote } = buildFleet('acme', 'globex');
    const rollout = fanOut(cloud, { behaviour: { acme: { exitCode: 1 } } });
    const { exitCode, out } = await runIn(cloud, [...promote, '--until', 'adopted'], rollout);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/codex revision 1: adopted by every tenant in scope: 2 adopted, 1 workload failed/);
  });

  it('exits 1 and shows why when one tenant did not adopt', async () => {
    const { cloud, promote } = buildFleet('acme', 'globex');
    const behaviour = { globex: { digest: digestB } };
    const { exitCode, out } = await runIn(cloud, [...promote, '--wait'], fanOut(cloud, { behaviour }));
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^globex +REFUSED .*DIGEST_MISMATCH/m);
    expect(out).toContain('HALTED: 1 refused, 1 adopted, 1 workload succeeded');
  });

  it('exits 0 when a promotion with launch none is assigned to every tenant in scope', async () => {
    const { cloud, promote } = buildFleet('acme', 'globex');
    const { exitCode, out } = await runIn(cloud, [...promote, '--launch', 'none', '--wait'], fanOut(cloud));
    expect(exitCode).toBe(0);
    expect(out).toContain('codex revision 1: assigned to every tenant in scope (2)');
    expect(cloud.launches()).toEqual([]);
  });

  it('exits 2 if its promotion id belongs to an entry with other content', async () => {
    const { cloud, promote } = buildFleet('acme');
    cloud.record(buildEntry(1, { promotionId: 'mine', environmentTarDigest: digestB }));
    cloud.assign(adoptedAssignment('acme', { digest: digestB }));
    const { exitCode, out } = await runIn(cloud, [...promote, '--promotion-id', 'mine', '--wait'], fanOut(cloud));
    expect(exitCode).toBe(2);
    expect(out).toContain('promotionId: "mine" is revision 1 already, with other content');
  });

  it('exits 124 at the timeout, and names the open tenants', async () => {
    const { cloud, promote } = buildFleet('acme', 'globex');
    const rollout = fanOut(cloud, { behaviour: { globex: 'hangs' } });
    const { exitCode, out } = await runIn(cloud, [...promote, '--wait', '--timeout', '20'], rollout);
    expect(exitCode).toBe(124);
    expect(out).toContain('timeout; still open: globex (LAUNCHING)');
  });

  it('exits 1 at the timeout if the rollout is HALTED while a sandbox still runs', async () => {
    const { cloud, promote } = buildFleet('acme', 'globex');
    const rollout = fanOut(cloud, { behaviour: { acme: { exitCode: 1 }, globex: 'hangs' } });
    const { exitCode, out } = await runIn(cloud, [...promote, '--wait', '--timeout', '20'], rollout);
    expect(exitCode).toBe(1);
    expect(out).toContain('HALTED: 1 launching, 1 adopted, 1 workload failed');
  });

  it('exits 1 when a later promotion supersedes it for a tenant', async () => {
    const { cloud, promote } = buildFleet('acme', 'globex');
    const takeOver = async () => {
      while (cloud.entries().length === 0) await cloud.stage.sleep(50);
      cloud.record(
        buildEntry(2, { environmentTarDigest: digestB, tenants: ['globex'], publishTime: publishTime(900) }),
      );
    };
    const rollout = fanOut(cloud, { behaviour: { globex: 'hangs' } });
    const { exitCode, out } = await runIn(cloud, [...promote, '--until', 'adopted'], rollout, takeOver());
    expect(exitCode).toBe(1);
    expect(out).toContain('codex revision 1: superseded by revision 2');
    expect(out).toMatch(/^globex .*superseded by revision 2/m);
    expect(out).toMatch(/^acme +ADOPTED/m);
  });

  it('exits 1 when the scope has no tenant left', async () => {
    const { cloud, promote } = buildFleet('acme');
    const unregister = async () => {
      while (cloud.entries().length === 0) await cloud.stage.sleep(50);
      cloud.control.delete('tenants/codex/acme.json');
    };
    const { exitCode, out } = await runIn(cloud, [...promote, '--wait'], fanOut(cloud), unregister());
    expect(exitCode).toBe(1);
    expect(out).toContain('no tenants');
  });

  it('follows a repeated pin to the revision that the tenants run', async () => {
    const { cloud, promote } = buildFleet('acme');
    const digest = parseDigest(promote[2] ?? '');
    cloud.record(buildEntry(1, { environmentTarDigest: digest, publishTime: publishTime(-10) }));
    cloud.assign(adoptedAssignment('acme', { digest, outcome: succeeded }));
    const { exitCode, out } = await runIn(cloud, [...promote, '--wait'], fanOut(cloud));
    expect(exitCode).toBe(0);
    expect(out).toContain('codex revision 1 (recorded as r2, the same as r1): SUCCEEDED: 1 adopted');
  });

  it('exits 1 for a repeated pin whose workload was cancelled', async () => {
    const { cloud, promote } = buildFleet('acme');
    const digest = parseDigest(promote[2] ?? '');
    cloud.record(buildEntry(1, { environmentTarDigest: digest, publishTime: publishTime(-10) }));
    cloud.assign(adoptedAssignment('acme', { digest, outcome: cancelled }));
    const { exitCode, out } = await runIn(cloud, [...promote, '--wait'], fanOut(cloud));
    expect(exitCode).toBe(1);
    expect(out).toContain('HALTED: 1 adopted, 1 workload cancelled');
  });

  it('exits 3 when only held tenants are left, whatever they proved before', async () => {
    const { cloud, promote } = buildFleet('acme');
    cloud.record(buildEntry(1, { publishTime: publishTime(-10) }));
    cloud.assign(adoptedAssignment('acme', { outcome: succeeded }));
    cloud.hold('codex', 'acme');
    for (const more of [[], ['--launch', 'none'], ['--until', 'adopted']]) {
      const { exitCode, out } = await runIn(cloud, [...promote, '--wait', ...more], fanOut(cloud));
      expect(out).toContain('PAUSED: acme (HELD)');
      expect(exitCode).toBe(3);
    }
  });

  it('exits 3 if an object of a tenant cannot be read, and names the tenant', async () => {
    const { cloud, promote } = buildFleet('acme', 'globex');
    cloud.assignments.put('codex/globex.json', '{"formatVersion": 99}');
    const { exitCode, out } = await runIn(cloud, [...promote, '--wait'], fanOut(cloud));
    expect(exitCode).toBe(3);
    expect(out).toContain('codex revision 1: PAUSED: globex (its object cannot be read: pincast status)');
  });

  it('prints one JSON document with the result, and nothing else on stdout', async () => {
    const { cloud, promote } = buildFleet('acme');
    const { exitCode, out, err } = await runIn(cloud, [...promote, '--wait', '--json'], fanOut(cloud));
    expect(exitCode).toBe(0);
    expect(err).toBe('');
    expect(JSON.parse(out)).toMatchObject({
      messageId: '1',
      environmentTarDigest: promote[2],
      result: 'succeeded',
      state: 'SUCCEEDED',
      revision: 1,
      tenants: [{ tenant: 'acme', adoption: 'ADOPTED', supersededBy: null }],
    });
  });
});

describe('pincast promote --timeout', () => {
  it('rolloutSeconds covers the largest location at the launch quota, and the workloads', () => {
    const job = (region: string, name: string) => `projects/p/locations/${region}/jobs/${name}`;
    const tenants = Array.from({ length: 3_700 }, (_, index) =>
      buildTenant(`t${index}`, { job: job(index < 3_600 ? 'europe-west1' : 'us-east1', `t${index}`) }),
    );
    expect(largestLocation(tenants)).toBe(3_600);
    expect(rolloutSeconds(3_600, 180)).toBe(300 + 1_200 + 600);
    expect(rolloutSeconds(0, 180)).toBe(900);
    expect(rolloutSeconds(1_000_000, 1)).toBe(604_800);
  });

  it('--wait waits for rolloutSeconds by default', async () => {
    const { cloud, promote } = buildFleet('acme');
    const started = cloud.now().getTime();
    expect((await runIn(cloud, [...promote, '--wait'])).exitCode).toBe(124);
    expect((cloud.now().getTime() - started) / 1000).toBeCloseTo(rolloutSeconds(1, 180), 0);
  });
});
