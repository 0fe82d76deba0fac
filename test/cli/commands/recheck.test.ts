import { describe, expect, it } from 'vitest';
import { parseRecheckRequest } from '#functions/core/messages/recheck-request.ts';
import { failed, succeeded } from '#functions/core/values/outcome.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import { adoptedAssignment, buildAssignment } from '../../fixtures/assignment.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { runIn } from '../fake-session.ts';

function fleet(): FakeCloud {
  const cloud = new FakeCloud();
  cloud.register(buildTenant('acme'), buildTenant('globex'));
  return cloud;
}

describe('pincast recheck', () => {
  it.each([
    [[], { relaunch: false }],
    [['codex'], { runtime: 'codex', relaunch: false }],
    [
      ['codex', '--tenants', 'acme,globex', '--relaunch'],
      { runtime: 'codex', tenants: ['acme', 'globex'], relaunch: true },
    ],
  ])('publishes a request that the recheck function parses: %j', async (args, request) => {
    const cloud = fleet();
    const { exitCode, out } = await runIn(cloud, ['recheck', ...args, '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toEqual({ messageId: '1', request });
    expect(cloud.published).toMatchObject([{ topic: 'fleet-recheck', data: request }]);
    expect(parseRecheckRequest(JSON.stringify(cloud.published[0]?.data))).toEqual({ ok: true, request });
  });

  it.each([
    [succeeded, 0, 'nothing to relaunch: 2 adopted, 2 workloads succeeded\n'],
    [
      failed(127, null),
      1,
      'nothing to relaunch: 2 adopted, 2 workloads failed; only `pincast execute TENANT` launches an adopted tenant again',
    ],
  ])(
    '--relaunch publishes nothing if every tenant has adopted, whatever its outcome: %o',
    async (outcome, expected, message) => {
      const cloud = fleet();
      cloud.record(buildEntry(1));
      cloud.assign(adoptedAssignment('acme', { outcome }), adoptedAssignment('globex', { outcome }));
      const { exitCode, out } = await runIn(cloud, ['recheck', 'codex', '--relaunch']);
      expect(exitCode).toBe(expected);
      expect(out).toContain(message);
      expect(cloud.published).toEqual([]);
    },
  );

  it('--relaunch publishes a request if one tenant was refused', async () => {
    const cloud = fleet();
    cloud.record(buildEntry(1));
    cloud.assign(adoptedAssignment('acme'), buildAssignment('globex', { adoption: 'REFUSED' }));
    expect((await runIn(cloud, ['recheck', '--relaunch'])).exitCode).toBe(0);
    expect(cloud.published).toMatchObject([{ data: { relaunch: true } }]);
    await runIn(cloud, ['recheck', 'codex', '--tenants', 'acme', '--relaunch']);
    expect(cloud.published).toHaveLength(1);
  });

  it.each([
    [['--tenants', 'acme'], 64, '--tenants: requires a runtime'],
    [['Codex', '--tenants', ',B'], 64, 'runtime: expected 1 to 63'],
    [['argon'], 66, 'no tenant is registered for "argon"; the only runtime is codex'],
    [['codex', '--tenants', 'acme,stranger,ghost'], 66, '--tenants: "ghost" is not a tenant of codex'],
  ])('exits before it publishes a request without effect: %j', async (args, expected, message) => {
    const cloud = fleet();
    const { exitCode, out, err } = await runIn(cloud, ['recheck', ...args]);
    expect(exitCode).toBe(expected);
    expect(err).toContain(message);
    expect(out).toBe('');
    expect(cloud.published).toEqual([]);
  });
});
