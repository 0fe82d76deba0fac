import { describe, expect, it } from 'vitest';
import { names } from '../../functions/core/object-names.ts';
import { listed, type Orphans } from '../../functions/core/orphans.ts';
import { failed, succeeded } from '../../functions/core/outcome.ts';
import { FORMAT_VERSION, formatRecord } from '../../functions/core/record.ts';
import { FakeCloud } from '../fakes/fake-cloud.ts';
import { adoptedOf, assignmentOf } from '../fixtures/assignment.ts';
import { entryOf } from '../fixtures/entry.ts';
import { tenantOf } from '../fixtures/tenant.ts';
import { at, iso } from '../fixtures/times.ts';
import { runIn } from './fake-session.ts';

function fleet(): FakeCloud {
  const cloud = new FakeCloud({ start: at(125) });
  cloud.register(tenantOf('acme'), tenantOf('globex'), tenantOf('initech'));
  cloud.record(entryOf(1));
  const reason = { code: 'DIGEST_MISMATCH', message: 'expected sha256:aa, got sha256:bb' };
  cloud.assign(
    adoptedOf('acme', { outcome: succeeded }),
    assignmentOf('globex', { adoption: 'REFUSED', outcome: failed(65, null), reason, launchAttempt: 2 }),
  );
  return cloud;
}

function reject(cloud: FakeCloud, messageId: string, message: string): void {
  const rejection = {
    formatVersion: FORMAT_VERSION,
    messageId,
    publishTime: iso(5),
    rejectedAt: iso(5),
    faults: [
      { path: 'tenants', message },
      { path: 'runtime', message: 'another fault' },
    ],
    data: '{}',
  };
  cloud.control.put(names.rejection(messageId), formatRecord(rejection));
}

describe('pincast status', () => {
  it('shows the pin and every tenant, the worst first', async () => {
    const { exitCode, out } = await runIn(fleet(), ['status', 'codex']);
    expect(exitCode).toBe(0);
    expect(out).toContain('codex  revision 1  HALTED');
    expect(out).toContain('1 REFUSED, 1 NEVER_RAN, 1 ADOPTED');
    const rows = out.split('\n').filter((line) => /^(acme|globex|initech)/.test(line));
    expect(rows[0]).toMatch(/^globex +REFUSED +FAILED \(exit 65\) +1 +2 +2m +DIGEST_MISMATCH: expected sha256:aa, got/);
    expect(rows[1]).toMatch(/^initech +NEVER_RAN +-→1$/);
    expect(rows[2]).toMatch(/^acme +ADOPTED +SUCCEEDED +1 +aaaaaaaaaaaa +codex-acme-1 +1 +2m$/);
  });

  it('shows every registered runtime when none is named', async () => {
    const cloud = fleet();
    cloud.register(tenantOf('acme', { runtime: 'argon' }));
    const { out } = await runIn(cloud, ['status']);
    expect(out).toMatch(/^argon$/m);
    expect(out).toContain('nothing was promoted yet');
    expect(out).toMatch(/^codex {2}revision 1/m);
  });

  it('shows what belongs to the fleet only by half, as the last look found it', async () => {
    const cloud = fleet();
    const execution = 'projects/p/locations/r/jobs/codex-acme/executions/codex-acme-9';
    const stray = { execution, tenant: 'acme', createdAt: iso(65), why: 'nobody recorded a launch \u001b[31mmade-up' };
    const orphans: Orphans = {
      formatVersion: FORMAT_VERSION,
      runtime: 'codex',
      lookedAt: iso(5),
      undecidedSince: {},
      jobless: listed(Array.from({ length: 12 }, (_, index) => `t${index}`)),
      executions: listed([stray]),
      unseen: listed(['projects/p/locations/r']),
    };
    cloud.control.put(names.orphans('codex'), formatRecord(orphans));
    const { out } = await runIn(cloud, ['status', 'codex']);
    expect(out).toContain(
      [
        'orphans, as Cloud Run was 2m ago',
        '  registered without a Cloud Run job: t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, and 2 more',
        '  stray execution: codex-acme-9 of acme, 1m ago: nobody recorded a launch  [31mmade-up',
        '  Cloud Run gave no lists: projects/p/locations/r',
      ].join('\n'),
    );
    const { out: json } = await runIn(cloud, ['status', 'codex', '--json']);
    expect(JSON.parse(json)).toMatchObject({ fleets: [{ orphans: { jobless: { total: 12 } } }] });
  });

  it('says nothing of orphans where there are none', async () => {
    const cloud = fleet();
    const none = { total: 0, first: [] };
    const orphans = {
      formatVersion: FORMAT_VERSION,
      runtime: 'codex',
      lookedAt: iso(5),
      undecidedSince: {},
      jobless: none,
    };
    cloud.control.put(names.orphans('codex'), formatRecord({ ...orphans, executions: none, unseen: none }));
    expect((await runIn(cloud, ['status', 'codex'])).out).not.toContain('orphans');
  });

  it('shows what was rejected, with every fault', async () => {
    const cloud = fleet();
    reject(cloud, '77', '"nobody" is not a tenant of codex');
    const { out } = await runIn(cloud, ['status', 'codex']);
    expect(out).toContain('rejected message 77, 2m ago');
    expect(out).toContain('  tenants: "nobody" is not a tenant of codex\n  runtime: another fault\n');
  });

  it('lets no stored text write to the screen by itself', async () => {
    const cloud = fleet();
    reject(cloud, '77', 'clear\u001b[2J\u001b]0;title\u0007\nfake line\u202e');
    const { out } = await runIn(cloud, ['status', 'codex']);
    expect(out).toContain('tenants: clear [2J ]0;title fake line\n');
    expect(out).not.toContain('\u001b');
  });

  it('gives scripts the fleets and the rejections as JSON alone', async () => {
    const cloud = fleet();
    reject(cloud, '77', 'no');
    const { out, err } = await runIn(cloud, ['status', 'codex', '--json']);
    expect(err).toBe('');
    const { fleets, rejections } = JSON.parse(out);
    expect(fleets).toMatchObject([{ runtime: 'codex', revision: 1, tenants: [{ tenant: 'globex' }, {}, {}] }]);
    expect(rejections).toMatchObject([{ messageId: '77', faults: [{ path: 'tenants' }, { path: 'runtime' }] }]);
  });

  it.each([
    ['one tenant is not ADOPTED', fleet(), 1],
    ['nobody is registered', new FakeCloud(), 1],
    ['every tenant is ADOPTED', adoptedFleet(), 0],
  ])('with --exit-code ends as the fleet stands: %s', async (_title, cloud, expected) => {
    expect((await runIn(cloud, ['status', '--exit-code'])).exitCode).toBe(expected);
  });

  it.each([
    ['nope', 66, 'nothing is known of a runtime "nope"'],
    ['No', 64, 'runtime: expected 1 to 63'],
  ])('refuses a runtime that is none: %s', async (runtime, expected, message) => {
    const { exitCode, out, err } = await runIn(fleet(), ['status', runtime]);
    expect(exitCode).toBe(expected);
    expect(out).toBe('');
    expect(err).toContain(message);
  });

  it('says that the cloud is to blame when a stored record is not one', async () => {
    const cloud = fleet();
    cloud.pins.put(names.pin('codex', 2), '{"formatVersion": 99}');
    const { exitCode, out, err } = await runIn(cloud, ['status', 'codex']);
    expect(exitCode).toBe(69);
    expect(out).toBe('');
    expect(err).toContain('a stored record cannot be read: codex/00000002.json');
  });
});

function adoptedFleet(): FakeCloud {
  const cloud = new FakeCloud();
  cloud.register(tenantOf('acme'));
  cloud.record(entryOf(1));
  cloud.assign(adoptedOf('acme'));
  return cloud;
}
