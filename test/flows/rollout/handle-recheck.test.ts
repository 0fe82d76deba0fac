import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy } from '#functions/core/launch/retry-policy.ts';
import { names } from '#functions/core/records/object-names.ts';
import { handleRecheck } from '#functions/flows/rollout/handle-recheck.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import { type FaultSwitch, InjectedError } from '../../fakes/gate.ts';
import { seededPick } from '../../fakes/seeded-pick.ts';
import { adoptedAssignment, claimedAssignment } from '../../fixtures/assignment.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildTenant, jobOfTenant } from '../../fixtures/tenant.ts';

const config = { retry: defaultRetryPolicy, orphansSeconds: 3_600, recheckStaleSeconds: 120 };
const prompt = { runtime: 'codex', relaunch: false, prompted: true };

function buildFleet(...tenants: string[]): FakeCloud {
  return withTenants(new FakeCloud(), tenants);
}

function withTenants(cloud: FakeCloud, tenants: readonly string[]): FakeCloud {
  cloud.register(...tenants.map((tenant) => buildTenant(tenant)));
  cloud.record(buildEntry(1));
  return cloud;
}

let messages = 0;

/** A message that was published so many milliseconds ago. */
function recheck(
  cloud: FakeCloud,
  data: object,
  ago = 0,
  deps = cloud.connect(),
  messageId = `${++messages}`,
): Promise<void> {
  const publishTime = new Date(cloud.now().getTime() - ago).toISOString();
  const message = { data: JSON.stringify(data), messageId, publishTime, attributes: {} };
  return handleRecheck(message, deps, config, new Date(cloud.now().getTime() + 480_000));
}

/** Counts the reconciles, each of which lists the ledger once before its launches. */
function counting(cloud: FakeCloud, process = 'recheck') {
  const lists: number[] = [];
  const deps = cloud.connect(process, ({ port, method }) => {
    if (port === 'pins' && method === 'list') lists.push(cloud.now().getTime());
    return undefined;
  });
  return { deps, lists };
}

describe('handleRecheck of a scheduled request', () => {
  it('does nothing if its message waited longer than 2 minutes, and is acknowledged', async () => {
    const cloud = buildFleet('acme');
    await cloud.run(recheck(cloud, {}, 120_001));
    expect(cloud.jobs.executions()).toEqual([]);
    expect(cloud.assignment('acme')).toBeUndefined();
    expect(cloud.log).toContainEqual(
      expect.objectContaining({ level: 'info', message: 'recheck dropped, the next tick replaces it' }),
    );
  });

  it('runs if its message waited for less; an operator’s request runs at any age', async () => {
    for (const [data, ago] of [
      [{}, 120_000],
      [{ runtime: 'codex' }, 900_000],
      [{ relaunch: true }, 900_000],
    ] as const) {
      const cloud = buildFleet('acme');
      await cloud.run(recheck(cloud, data, ago));
      expect(cloud.jobs.executions()).toHaveLength(1);
    }
  });

  it('logs an unreadable runtime, reconciles the others, and is acknowledged', async () => {
    const cloud = buildFleet('acme');
    cloud.register(buildTenant('acme', { runtime: 'argon', job: jobOfTenant('argon-acme') }));
    cloud.pins.put(names.pin('argon', 1), '{"formatVersion":1}');
    await cloud.run(recheck(cloud, {}));
    expect(cloud.jobs.executions().map(({ job }) => job)).toEqual([jobOfTenant('acme')]);
    expect(cloud.log).toContainEqual(
      expect.objectContaining({
        level: 'error',
        message: 'stored object cannot be read',
        fields: expect.objectContaining({ runtime: 'argon', object: names.pin('argon', 1) }),
      }),
    );
  });

  it('throws if a store does not answer, so that Pub/Sub redelivers', async () => {
    const cloud = buildFleet('acme');
    const isOut: FaultSwitch = ({ port }) =>
      port === 'pins' ? { kind: 'throw', error: new InjectedError('503') } : undefined;
    await expect(cloud.run(recheck(cloud, {}, 0, cloud.connect('recheck', isOut)))).rejects.toThrow('1 of 1');
    expect(cloud.jobs.executions()).toEqual([]);
  });
});

describe('handleRecheck of a receipt’s request', () => {
  it('launches what is due without reading evidence of other runs', async () => {
    const cloud = buildFleet('acme', 'globex');
    cloud.assign(claimedAssignment('globex'));
    const asked: string[] = [];
    const deps = cloud.connect('recheck', ({ port, method }) => {
      asked.push(`${port}.${method}`);
      return undefined;
    });
    await cloud.run(recheck(cloud, prompt, 0, deps));
    expect(cloud.jobs.executions().map(({ job }) => job)).toEqual([jobOfTenant('acme')]);
    expect(asked.filter((call) => call.startsWith('receipts') || call.startsWith('orphans'))).toEqual([]);
    expect(asked).not.toContain('launcher.execution');
  });

  it('drops a request after two reads if a reconcile started since its publication', async () => {
    const cloud = buildFleet('acme');
    await cloud.run(recheck(cloud, prompt));
    cloud.stage.advance(60_000);
    const { deps, lists } = counting(cloud);
    await cloud.run(recheck(cloud, prompt, 60_000 + 1_500, deps));
    expect(lists).toEqual([]);
    await cloud.run(recheck(cloud, prompt, 0, deps));
    expect(lists).toHaveLength(1);
  });

  it('runs again on its redelivery after the reconcile that it started has failed', async () => {
    const cloud = buildFleet('acme');
    cloud.stage.advance(10_000);
    const failing = cloud.connect('recheck', ({ port, method }) =>
      port === 'pins' && method === 'list' ? { kind: 'throw', error: new InjectedError('503') } : undefined,
    );
    await expect(cloud.run(recheck(cloud, prompt, 1_900, failing, 'redelivered'))).rejects.toThrow();
    cloud.stage.advance(10_000);
    await cloud.run(recheck(cloud, prompt, 11_900, cloud.connect(), 'redelivered'));
    expect(cloud.jobs.executions()).toHaveLength(1);
  });

  it('starts at most every 2 s: 40 requests at once cost two reconciles, in any order', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const cloud = withTenants(new FakeCloud({ pick: seededPick(seed) }), ['acme']);
      cloud.assign(adoptedAssignment('acme'));
      const counted = Array.from({ length: 40 }, (_, index) => counting(cloud, `recheck-${index}`));
      const ends = await cloud.play(...counted.map(({ deps }) => recheck(cloud, prompt, 0, deps)));
      expect(ends).toEqual(ends.map(() => ({ status: 'fulfilled', value: undefined })));
      const starts = counted.flatMap(({ lists }) => lists).sort((a, b) => a - b);
      expect(starts).toHaveLength(2);
      expect((starts[1] ?? 0) - (starts[0] ?? 0)).toBeGreaterThanOrEqual(2_000);
    }
  });

  it('replaces an unreadable start mark', async () => {
    const cloud = buildFleet('acme');
    cloud.control.put(names.prompt('codex'), 'not JSON');
    await cloud.run(recheck(cloud, prompt));
    expect(cloud.jobs.executions()).toHaveLength(1);
    expect(cloud.control.read(names.prompt('codex'))?.text).toContain('"startedAt"');
  });
});

describe('handleRecheck of a relaunch that is delivered twice', () => {
  it('launches a tenant once, although it failed between the deliveries', async () => {
    const cloud = buildFleet('acme', 'globex');
    const failed = (tenant: string) =>
      claimedAssignment(tenant, { adoption: 'FAILED', launchAttempt: 5, updatedAt: cloud.now().toISOString() });
    cloud.assign(failed('acme'));
    cloud.stage.advance(10_000);
    const data = { runtime: 'codex', relaunch: true };
    await cloud.run(recheck(cloud, data));
    expect(cloud.jobs.executions().map(({ job }) => job)).toEqual([jobOfTenant('acme')]);
    cloud.stage.advance(30_000);
    cloud.assign(failed('acme'));
    await cloud.run(recheck(cloud, data, 30_000));
    expect(cloud.jobs.executions()).toHaveLength(1);
    await cloud.run(recheck(cloud, data));
    expect(cloud.jobs.executions()).toHaveLength(2);
  });
});
