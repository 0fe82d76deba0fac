import { describe, expect, it } from 'vitest';
import { parseDigest } from '../../functions/core/digest.ts';
import { FakeCloud } from '../fakes/fake-cloud.ts';
import { adoptedOf } from '../fixtures/assignment.ts';
import { digestB } from '../fixtures/digests.ts';
import { entryOf } from '../fixtures/entry.ts';
import { TAR_URL } from '../fixtures/event.ts';
import { tenantOf } from '../fixtures/tenant.ts';
import { publishTime } from '../fixtures/times.ts';
import { runIn } from './fake-session.ts';
import { fanOut } from './fan-out.ts';

function fleetOf(...tenants: string[]): { cloud: FakeCloud; promote: string[] } {
  const cloud = new FakeCloud();
  cloud.register(...tenants.map((tenant) => tenantOf(tenant)));
  const { digest } = cloud.tars.put(TAR_URL, 'the bytes');
  return { cloud, promote: ['promote', TAR_URL, digest, '--runtime', 'codex'] };
}

describe('pincast promote', () => {
  it('publishes the event as the fan-out expects it and prints both ids', async () => {
    const { cloud, promote } = fleetOf('acme', 'globex');
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
    const { exitCode, out, err } = await runIn(cloud, [...promote, ...options, ...more]);
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

  it('gives every promotion an id of its own', async () => {
    const { cloud, promote } = fleetOf('acme');
    const first = JSON.parse((await runIn(cloud, [...promote, '--json'])).out);
    const second = JSON.parse((await runIn(cloud, [...promote, '--json'])).out);
    expect(first.promotionId).toMatch(/^[0-9a-f-]{36}$/);
    expect(second.promotionId).not.toBe(first.promotionId);
  });

  it('names every fault in the words of the command line and publishes nothing', async () => {
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

  it('wants the digest of a gs:// URL', async () => {
    const { cloud } = fleetOf('acme');
    const { exitCode, err } = await runIn(cloud, ['promote', TAR_URL, '--runtime', 'codex']);
    expect(exitCode).toBe(64);
    expect(err).toContain('  digest: missing');
    expect(cloud.published).toEqual([]);
  });
});

describe('pincast promote --wait', () => {
  it('ends with 0 when every tenant in scope has adopted', async () => {
    const { cloud, promote } = fleetOf('acme', 'globex', 'initech');
    const { exitCode, out, err } = await runIn(
      cloud,
      [...promote, '--tenants', 'acme,globex', '--wait'],
      fanOut(cloud),
    );
    expect(exitCode).toBe(0);
    expect(out).toContain('codex revision 1: ADOPTED by every tenant in scope (2)');
    expect(out).not.toContain('initech');
    expect(err).toContain('codex revision 1: 2 LAUNCHING');
    expect(err).toContain('codex revision 1: 1 LAUNCHING, 1 ADOPTED');
  });

  it('ends with 1 and shows why when one tenant did not adopt', async () => {
    const { cloud, promote } = fleetOf('acme', 'globex');
    const behaviour = { globex: { digest: digestB } };
    const { exitCode, out } = await runIn(cloud, [...promote, '--wait'], fanOut(cloud, { behaviour }));
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^globex +REFUSED .*DIGEST_MISMATCH/m);
    expect(out).toContain('not every tenant adopted: 1 REFUSED, 1 ADOPTED');
  });

  it('ends with 2 and every fault when the promotion is rejected', async () => {
    const { cloud, promote } = fleetOf('acme');
    const options = ['--tenants', 'nobody', '--expected-revision', '7', '--wait'];
    const { exitCode, out } = await runIn(cloud, [...promote, ...options], fanOut(cloud));
    expect(exitCode).toBe(2);
    expect(out).toContain('expectedRevision: expected 7, but the newest is 0');
    expect(out).toContain('tenants: "nobody" is not a tenant of codex');
  });

  it('takes an entry under its promotion id with other content for what it is: not its own', async () => {
    const { cloud, promote } = fleetOf('acme');
    cloud.record(entryOf(1, { promotionId: 'mine', environmentTarDigest: digestB }));
    cloud.assign(adoptedOf('acme', { digest: digestB }));
    const { exitCode, out } = await runIn(cloud, [...promote, '--promotion-id', 'mine', '--wait'], fanOut(cloud));
    expect(exitCode).toBe(2);
    expect(out).toContain('promotionId: "mine" is revision 1 already, with other content');
  });

  it('ends with 124 and names what is still open when the time is over', async () => {
    const { cloud, promote } = fleetOf('acme', 'globex');
    const rollout = fanOut(cloud, { behaviour: { globex: 'hangs' } });
    const { exitCode, out } = await runIn(cloud, [...promote, '--wait', '--timeout', '20'], rollout);
    expect(exitCode).toBe(124);
    expect(out).toContain('timeout; still open: globex (LAUNCHING)');
  });

  it('ends with 124 when nobody takes the message', async () => {
    const { cloud, promote } = fleetOf('acme');
    const { exitCode, out } = await runIn(cloud, [...promote, '--wait', '--timeout', '5']);
    expect(exitCode).toBe(124);
    expect(out).toContain('neither in the ledger nor rejected');
  });

  it('ends with 1 when a later promotion takes a tenant over', async () => {
    const { cloud, promote } = fleetOf('acme', 'globex');
    const takeOver = async () => {
      while (cloud.entries().length === 0) await cloud.stage.sleep(50);
      cloud.record(entryOf(2, { environmentTarDigest: digestB, tenants: ['globex'], publishTime: publishTime(900) }));
    };
    const rollout = fanOut(cloud, { behaviour: { globex: 'hangs' } });
    const { exitCode, out } = await runIn(cloud, [...promote, '--wait'], rollout, takeOver());
    expect(exitCode).toBe(1);
    expect(out).toContain('codex revision 1: superseded by revision 2 while it was waited for');
    expect(out).toMatch(/^globex .*superseded by revision 2/m);
    expect(out).toMatch(/^acme +ADOPTED/m);
  });

  it('does not take a scope that nobody is left in for adopted', async () => {
    const { cloud, promote } = fleetOf('acme');
    const unregister = async () => {
      while (cloud.entries().length === 0) await cloud.stage.sleep(50);
      cloud.control.delete('tenants/codex/acme.json');
    };
    const { exitCode, out } = await runIn(cloud, [...promote, '--wait'], fanOut(cloud), unregister());
    expect(exitCode).toBe(1);
    expect(out).toContain('not every tenant adopted: no tenants');
  });

  it('follows a repeated pin to the revision that the tenants run', async () => {
    const { cloud, promote } = fleetOf('acme');
    const digest = parseDigest(promote[2] ?? '');
    cloud.record(entryOf(1, { environmentTarDigest: digest, publishTime: publishTime(-10) }));
    cloud.assign(adoptedOf('acme', { digest }));
    const { exitCode, out } = await runIn(cloud, [...promote, '--wait'], fanOut(cloud));
    expect(exitCode).toBe(0);
    expect(out).toContain('codex revision 1 (revision 2 repeats it): ADOPTED by every tenant in scope (1)');
  });

  it('does not count a tenant that proved another revision', async () => {
    const { cloud, promote } = fleetOf('acme');
    cloud.record(entryOf(1, { publishTime: publishTime(-10) }));
    cloud.assign(adoptedOf('acme'));
    cloud.hold('codex', 'acme');
    const { exitCode, out } = await runIn(cloud, [...promote, '--wait', '--timeout', '5'], fanOut(cloud));
    expect(exitCode).toBe(124);
    expect(out).toContain('still open: acme (HELD)');
  });

  it('writes one JSON document with the result and nothing else on stdout', async () => {
    const { cloud, promote } = fleetOf('acme');
    const { exitCode, out, err } = await runIn(cloud, [...promote, '--wait', '--json'], fanOut(cloud));
    expect(exitCode).toBe(0);
    expect(err).toBe('');
    expect(JSON.parse(out)).toMatchObject({
      messageId: '1',
      environmentTarDigest: promote[2],
      result: 'adopted',
      revision: 1,
      tenants: [{ tenant: 'acme', adoption: 'ADOPTED', supersededBy: null }],
    });
  });
});
