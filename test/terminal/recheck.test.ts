import { describe, expect, it } from 'vitest';
import { parseRecheckRequest } from '../../functions/core/recheck-request.ts';
import { FakeCloud } from '../fakes/fake-cloud.ts';
import { tenantOf } from '../fixtures/tenant.ts';
import { runIn } from './fake-session.ts';

function fleet(): FakeCloud {
  const cloud = new FakeCloud();
  cloud.register(tenantOf('acme'), tenantOf('globex'));
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
  ])('publishes what the recheck function reads: %j', async (args, request) => {
    const cloud = fleet();
    const { exitCode, out } = await runIn(cloud, ['recheck', ...args, '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toEqual({ messageId: '1', request });
    expect(cloud.published).toMatchObject([{ topic: 'fleet-recheck', data: request }]);
    expect(parseRecheckRequest(JSON.stringify(cloud.published[0]?.data))).toEqual({ ok: true, request });
  });

  it.each([
    [['--tenants', 'acme'], 64, '--tenants: tenants need a runtime'],
    [['Codex', '--tenants', ',B'], 64, 'runtime: expected 1 to 63'],
    [['argon'], 66, 'no tenant is registered for "argon"'],
    [['codex', '--tenants', 'acme,nobody,noone'], 66, '--tenants: "noone" is not a tenant of codex'],
  ])('publishes nothing where it would find nothing: %j', async (args, expected, message) => {
    const cloud = fleet();
    const { exitCode, out, err } = await runIn(cloud, ['recheck', ...args]);
    expect(exitCode).toBe(expected);
    expect(err).toContain(message);
    expect(out).toBe('');
    expect(cloud.published).toEqual([]);
  });
});
