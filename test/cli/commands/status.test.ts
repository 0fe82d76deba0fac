import { describe, expect, it } from 'vitest';
import { truncated } from '#functions/core/orphans/detect.ts';
import { formatRecord } from '#functions/core/records/codec.ts';
import { names } from '#functions/core/records/object-names.ts';
import type { OrphanReport } from '#functions/core/records/orphan-report.ts';
import { failed, running, succeeded } from '#functions/core/values/outcome.ts';
import { FORMAT_VERSION } from '#functions/core/values/schemas.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import { digestA, digestB, digestC } from '../../fixtures/digests.ts';
import { executionName } from '../../fixtures/execution.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { iso } from '../../fixtures/times.ts';
import { fakeOutput, runIn, runOn } from '../fake-session.ts';
import {
  buildAdoptedFleet,
  buildRefusedFleet,
  buildRegisteredFleet,
  buildTwoTargets,
  rejectPromotion,
} from '../fleets.ts';

describe('pincast status', () => {
  it('shows the pin and every tenant, the worst first', async () => {
    const { exitCode, out } = await runIn(buildRefusedFleet(), ['status', 'codex']);
    expect(exitCode).toBe(0);
    expect(out).toContain('codex  revision 1  HALTED');
    expect(out).toContain('1 refused, 1 never ran, 1 adopted, 1 workload succeeded');
    const rows = out.split('\n').filter((line) => /^(acme|globex|initech)/.test(line));
    expect(rows[0]).toMatch(/^globex +REFUSED +FAILED \(exit 65\) +1 +2 +2m +DIGEST_MISMATCH: expected sha256:aa, got/);
    expect(rows[1]).toMatch(/^initech +NEVER_RAN +-→1$/);
    expect(rows[2]).toMatch(/^acme +ADOPTED +SUCCEEDED +1 +aaaaaaaaaaaa +codex-acme-1 +1 +2m$/);
  });

  it('shows every registered runtime without a name', async () => {
    const cloud = buildRefusedFleet();
    cloud.register(buildTenant('acme', { runtime: 'argon' }));
    const { out } = await runIn(cloud, ['status']);
    expect(out).toMatch(/^argon$/m);
    expect(out).toContain('no promotion yet');
    expect(out).toMatch(/^codex {2}revision 1/m);
  });

  it('shows the orphans that the last scan found', async () => {
    const cloud = buildRefusedFleet();
    const execution = 'projects/p/locations/r/jobs/codex-acme/executions/codex-acme-9';
    const stray = { execution, tenant: 'acme', createdAt: iso(65), why: 'no record of launch \u001b[31mmade-up' };
    const orphans: OrphanReport = {
      formatVersion: FORMAT_VERSION,
      runtime: 'codex',
      lookedAt: iso(5),
      undecidedSince: {},
      jobless: truncated(Array.from({ length: 12 }, (_, index) => `t${index}`)),
      executions: truncated([stray]),
      unseen: truncated(['projects/p/locations/r']),
    };
    cloud.control.put(names.orphans('codex'), formatRecord(orphans));
    const { out } = await runIn(cloud, ['status', 'codex']);
    expect(out).toContain(
      [
        'orphans, scanned 2m ago',
        '  registered without a Cloud Run job: t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, and 2 more',
        '  orphaned execution: codex-acme-9 of acme, 1m ago: no record of launch  [31mmade-up',
        '  Cloud Run lists unavailable: projects/p/locations/r',
      ].join('\n'),
    );
    const { out: json } = await runIn(cloud, ['status', 'codex', '--json']);
    expect(JSON.parse(json)).toMatchObject({ fleets: [{ orphans: { jobless: { total: 12 } } }] });
  });

  it('omits orphans if there are none', async () => {
    const cloud = buildRefusedFleet();
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

  it('shows the runtime’s rejections of the last hour on one line, with every issue', async () => {
    const cloud = buildRefusedFleet();
    rejectPromotion(cloud, '76', 'older', 'argon');
    rejectPromotion(cloud, '77', '"stranger" is not a tenant of codex');
    const { out } = await runIn(cloud, ['status', 'codex']);
    expect(out.split('\n').filter((line) => line.includes('rejected'))).toEqual([
      '1 rejected in the last hour; message 77 for codex, 2m ago: ' +
        'tenants: "stranger" is not a tenant of codex; runtime: another fault',
    ]);
    expect((await runIn(cloud, ['status'])).out).toContain(
      '2 rejected in the last hour (all: pincast status --json); ',
    );
  });

  it('shows one block per live target, so that a fix for one tenant hides no halted rollout', async () => {
    const cloud = buildTwoTargets();
    const { out } = await runIn(cloud, ['status', 'codex']);
    expect(out.split('\n').filter((line) => line.includes('revision'))).toEqual([
      'codex  revision 5  SUCCEEDED  1 of 3 tenants',
      'last good: revision 3  aaaaaaaaaaaa  1 of 1 tenants succeeded with it',
      '  pincast promote --revision 3 --runtime codex --tenants acme',
      'codex  revision 4  HALTED  2 of 3 tenants',
      'last good: revision 3  aaaaaaaaaaaa  2 of 2 tenants succeeded with it',
      '  pincast promote --revision 3 --runtime codex --tenants globex,hooli',
    ]);
    expect(out).toContain('  promoted 2m ago by ci@acme: bump numpy\n');
    expect((await runIn(cloud, ['status', '--exit-code'])).exitCode).toBe(1);
  });

  it.each([60, 80])(
    'never cuts a reason on a terminal of %i columns, because its tenants share one',
    async (columns) => {
      const { out } = await runOn(fakeOutput(columns), buildTwoTargets(), ['status', 'codex']);
      expect(out.replaceAll(/\s+/g, ' ')).toContain(
        `DIGEST_MISMATCH: expected ${digestB}, got ${digestC} 2 tenants: globex, hooli `,
      );
      const table = out.split('\n').filter((line) => /^(TENANT|acme|globex|hooli)/.test(line));
      expect(table.every((line) => line.length <= columns && !line.includes('…'))).toBe(true);
    },
  );

  it('removes control characters from stored text', async () => {
    const cloud = buildRefusedFleet();
    rejectPromotion(cloud, '77', 'clear\u001b[2J\u001b]0;title\u0007\nfake line\u202e');
    const { out } = await runIn(cloud, ['status', 'codex']);
    expect(out).toContain('tenants: clear [2J ]0;title fake line ; runtime');
    expect(out).not.toContain('\u001b');
  });

  it('prints the fleets and rejections as one JSON document', async () => {
    const cloud = buildRefusedFleet();
    rejectPromotion(cloud, '77', 'no');
    const { out, err } = await runIn(cloud, ['status', 'codex', '--json']);
    expect(err).toBe('');
    const { fleets, rejections } = JSON.parse(out);
    expect(fleets).toMatchObject([{ runtime: 'codex', revision: 1, tenants: [{ tenant: 'globex' }, {}, {}] }]);
    expect(rejections).toMatchObject([{ messageId: '77', faults: [{ path: 'tenants' }, { path: 'runtime' }] }]);
  });

  it.each([
    ['one tenant is REFUSED', buildRefusedFleet(), 1],
    ['no tenant is registered', new FakeCloud(), 1],
    ['nothing was promoted', buildRegisteredFleet(), 1],
    ['a workload failed', buildAdoptedFleet(failed(127, null)), 1],
    ['a workload still runs', buildAdoptedFleet(running), 1],
    ['every tenant adopted and every workload succeeded', buildAdoptedFleet(succeeded), 0],
  ])('exits with --exit-code by the fleet’s state: %s', async (_title, cloud, expected) => {
    expect((await runIn(cloud, ['status', '--exit-code'])).exitCode).toBe(expected);
  });

  it.each([
    ['nope', 66, '"nope" is neither a runtime nor a tenant; the only runtime is codex'],
    ['No', 64, 'name: expected 1 to 63'],
  ])('refuses a name that is neither a runtime nor a tenant: %s', async (runtime, expected, message) => {
    const { exitCode, out, err } = await runIn(buildRefusedFleet(), ['status', runtime]);
    expect(exitCode).toBe(expected);
    expect(out).toBe('');
    expect(err).toContain(message);
  });

  it('shows a tenant’s assignment with its reason and proof', async () => {
    const { exitCode, out } = await runIn(buildTwoTargets(), ['status', 'globex']);
    expect(exitCode).toBe(0);
    expect(out).toBe(`globex is a tenant of codex
  target     revision 4, its rollout is HALTED
             gs://acme-environments/codex/1.tar
             ${digestB}
             promoted 2m ago by ci@acme: bump numpy
  assigned   revision 4, 2m ago
  adoption   REFUSED (launch attempt 2)
  outcome    FAILED (exit 65)
  reason     DIGEST_MISMATCH: expected ${digestB}, got ${digestC}
  execution  ${executionName('globex')}
  proof      revision 3, 2m ago
             ${digestA}
             globex/codex/codex-globex-1/0-0-adopted.json
  last good  revision 3
`);
    const { out: json } = await runIn(buildTwoTargets(), ['status', 'globex', '--json']);
    expect(JSON.parse(json)).toMatchObject({
      tenants: [{ runtime: 'codex', tenant: 'globex', target: 4, rollout: { revision: 4, state: 'HALTED' } }],
    });
  });

  it('shows a tenant in every runtime, and exits with --exit-code by its verdict', async () => {
    const cloud = buildTwoTargets();
    cloud.register(buildTenant('acme', { runtime: 'argon' }));
    const { out } = await runIn(cloud, ['status', 'acme']);
    expect(out).toMatch(/^acme is a tenant of argon\n {2}target {5}none: no promotion includes this tenant$/m);
    expect(out).toMatch(/^acme is a tenant of codex\n {2}target {5}revision 5, its rollout is SUCCEEDED$/m);
    expect((await runIn(buildTwoTargets(), ['status', 'acme', '--exit-code'])).exitCode).toBe(0);
    expect((await runIn(buildTwoTargets(), ['status', 'globex', '--exit-code'])).exitCode).toBe(1);
  });

  it('names every unreadable object, and shows the fleet as PAUSED', async () => {
    const cloud = buildAdoptedFleet(succeeded);
    cloud.register(buildTenant('globex'));
    cloud.assignments.put(names.assignment('codex', 'globex'), '{"formatVersion": 99}');
    const { out } = await runIn(cloud, ['status', 'codex']);
    expect(out).toContain('codex  revision 1  PAUSED  1 tenant\n');
    expect(out).toContain(
      '1 object of codex cannot be read: its tenant is skipped until an operator repairs the object\n',
    );
    expect(out).toMatch(/^ {2}codex\/globex\.json: formatVersion: /m);
    expect((await runIn(cloud, ['status', 'codex', '--exit-code'])).exitCode).toBe(1);
    const json = JSON.parse((await runIn(cloud, ['status', 'codex', '--json'])).out);
    expect(json.fleets[0].unreadable).toMatchObject([{ object: 'codex/globex.json' }]);
    const tenant = await runIn(cloud, ['status', 'globex']);
    expect(tenant).toMatchObject({ exitCode: 69, out: '' });
    expect(tenant.err).toContain(
      'globex is a tenant of codex, and its assignment cannot be read:\n  codex/globex.json',
    );
  });

  it('exits 69 for an unreadable ledger entry', async () => {
    const cloud = buildRefusedFleet();
    cloud.pins.put(names.pin('codex', 2), '{"formatVersion": 99}');
    const { exitCode, out, err } = await runIn(cloud, ['status', 'codex']);
    expect(exitCode).toBe(69);
    expect(out).toBe('');
    expect(err).toContain('a stored record cannot be read: codex/00000002.json');
  });
});
