import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy as policy } from '#functions/core/launch/retry-policy.ts';
import { parseRecheckRequest } from '#functions/core/messages/recheck-request.ts';
import { openGuard } from '#functions/core/records/guard.ts';
import { names } from '#functions/core/records/object-names.ts';
import { reconcileAndRequeue, reconcileFleet } from '#functions/flows/rollout/reconcile-fleet.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import { type FaultSwitch, InjectedError } from '../../fakes/gate.ts';
import { buildAssignment, claimedAssignment } from '../../fixtures/assignment.ts';
import { digestA } from '../../fixtures/digests.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { at, publishTime } from '../../fixtures/times.ts';

const TENANTS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** Launches three at once and then three a minute. */
function slowFleet(): FakeCloud {
  const cloud = new FakeCloud({ runsPerMinute: 3 });
  cloud.register(...TENANTS.map((tenant) => buildTenant(tenant)));
  cloud.record(buildEntry(1));
  return cloud;
}

async function passWhile(cloud: FakeCloud, happens: () => void) {
  const pass = reconcileFleet({ runtime: 'codex', relaunch: false, deadline: at(480) }, cloud.connect(), policy);
  const later = cloud.stage.sleep(30_000).then(happens);
  const [played] = await cloud.play<unknown>(pass, later);
  return played;
}

describe('reconcileFleet while it waits for slots', () => {
  it('launches no tenant after a freeze', async () => {
    const cloud = slowFleet();
    await passWhile(cloud, () => cloud.freeze('codex'));
    expect(cloud.jobs.executions()).toHaveLength(3);
    expect(cloud.assignments.list('codex/')).toHaveLength(3);
  });

  it('launches no tenant after a lockdown', async () => {
    const cloud = slowFleet();
    await passWhile(cloud, () => cloud.setGuard({ ...openGuard, lockdownRuntimes: ['codex'] }));
    expect(cloud.jobs.executions()).toHaveLength(3);
    expect(cloud.assignments.list('codex/')).toHaveLength(3);
  });

  it('launches no tenant after its digest was revoked, and writes no further assignment', async () => {
    const cloud = slowFleet();
    await passWhile(cloud, () => cloud.setGuard({ ...openGuard, revokedDigests: [digestA] }));
    expect(cloud.jobs.executions()).toHaveLength(3);
    expect(cloud.assignments.list('codex/')).toHaveLength(3);
  });

  it('launches no tenant if the controls took 7 s to read and a freeze came meanwhile', async () => {
    const cloud = slowFleet();
    const isSlow = () => cloud.now() >= at(55) && cloud.now() < at(61);
    const deps = cloud.connect('process', ({ port, method }) =>
      port === 'fleet' && method === 'holds' && isSlow() ? { kind: 'slow', milliseconds: 7_000 } : undefined,
    );
    const pass = reconcileFleet({ runtime: 'codex', relaunch: false, deadline: at(480) }, deps, policy);
    await cloud.play<unknown>(
      pass,
      cloud.stage.sleep(60_500).then(() => cloud.freeze('codex')),
    );
    expect(cloud.jobs.executions()).toHaveLength(3);
    expect(cloud.assignments.list('codex/')).toHaveLength(3);
  });

  it('launches every tenant while one read of the controls hangs, because the next succeeds', async () => {
    const cloud = slowFleet();
    let reads = 0;
    const deps = cloud.connect('process', ({ port, method }) =>
      port === 'pins' && method === 'list' && ++reads === 2 ? { kind: 'slow', milliseconds: 400_000 } : undefined,
    );
    const pass = reconcileFleet({ runtime: 'codex', relaunch: false, deadline: at(480) }, deps, policy);
    await cloud.play<unknown>(pass);
    const created = cloud.jobs.executions().map(({ createdAt }) => Date.parse(createdAt) - at(0).getTime());
    expect(created).toHaveLength(TENANTS.length);
    expect(Math.max(...created)).toBeLessThan(2 * 61_000 + 3_000);
    expect(reads).toBeGreaterThan(2);
  });

  it('launches no tenant if the controls cannot be read, and throws CONTROLS_UNREADABLE', async () => {
    const cloud = slowFleet();
    const deps = cloud.connect('process', ({ port, method }) =>
      port === 'fleet' && method === 'guard' && cloud.now() > at(30)
        ? { kind: 'throw', error: new InjectedError('503') }
        : undefined,
    );
    const pass = reconcileFleet({ runtime: 'codex', relaunch: false, deadline: at(480) }, deps, policy);
    const [played] = await cloud.play<unknown>(pass);
    expect(played).toMatchObject({
      status: 'rejected',
      reason: { errors: [{ code: 'CONTROLS_UNREADABLE', cause: { message: '503' } }] },
    });
    expect(cloud.jobs.executions()).toHaveLength(3);
    expect(cloud.assignments.list('codex/')).toHaveLength(3);
  });

  it('reads the controls ahead of a slot, so that no launch waits for them', async () => {
    const cloud = slowFleet();
    const deps = cloud.connect('process', ({ port }) =>
      port === 'pins' || port === 'fleet' ? { kind: 'slow', milliseconds: 1_400 } : undefined,
    );
    const pass = reconcileFleet({ runtime: 'codex', relaunch: false, deadline: at(480) }, deps, policy);
    await cloud.play<unknown>(pass);
    const created = cloud.jobs.executions().map(({ createdAt }) => Date.parse(createdAt) - at(0).getTime());
    expect(created).toHaveLength(TENANTS.length);
    const waits = [3, 4, 5].map((nth) => (created[nth] ?? 0) - (created[nth - 3] ?? 0));
    expect(waits).toEqual([61_000, 61_000, 61_000]);
  });

  it('launches no further tenant of a failed revision', async () => {
    const cloud = slowFleet();
    await passWhile(cloud, () => {
      const [launched] = TENANTS.flatMap((tenant) => cloud.assignment(tenant) ?? []);
      if (launched !== undefined) cloud.assign({ ...launched, adoption: 'REFUSED' });
    });
    expect(cloud.jobs.executions()).toHaveLength(3);
    expect(cloud.assignments.list('codex/')).toHaveLength(3);
  });

  it('releases a claim that took so long to write that a freeze came meanwhile', async () => {
    const cloud = new FakeCloud();
    cloud.register(buildTenant('a'));
    cloud.record(buildEntry(1));
    const deps = cloud.connect('process', ({ port, method }) =>
      port === 'assignments' && method === 'write' ? { kind: 'slow', milliseconds: 5_000 } : undefined,
    );
    const pass = reconcileFleet({ runtime: 'codex', relaunch: false, deadline: at(480) }, deps, policy);
    const freeze = cloud.stage.sleep(2_000).then(() => cloud.freeze('codex'));
    const [played] = await cloud.play<unknown>(pass, freeze);
    expect(played).toMatchObject({ value: { launches: { launched: 0, blocked: 1 } } });
    expect(cloud.jobs.executions()).toEqual([]);
    expect(cloud.assignment('a')).toMatchObject({ adoption: 'NEVER_RAN', launchAttempt: 0, retryAt: null });
  });

  it('keeps an operator’s relaunch during a freeze, and makes it afterwards', async () => {
    const cloud = slowFleet();
    cloud.assign(...TENANTS.map((tenant) => claimedAssignment(tenant, { adoption: 'REFUSED' })));
    const deps = cloud.connect();
    const deadline = at(480);
    const pass = reconcileAndRequeue({ runtime: 'codex', relaunch: true, deadline }, deps, policy);
    await cloud.play<unknown>(
      pass,
      cloud.stage.sleep(30_000).then(() => cloud.freeze('codex')),
    );
    const launched = cloud.jobs.executions().length;
    expect(launched).toBe(3);
    const request = parseRecheckRequest(JSON.stringify(cloud.published[0]?.data));
    if (!request.ok) expect.fail('expected a request that continues the relaunch');
    const { runtime = '', tenants, relaunch } = request.request;
    await cloud.run(
      reconcileFleet({ runtime, ...(tenants && { tenants }), relaunch, deadline: at(900) }, deps, policy),
    );
    cloud.control.delete(names.freeze('codex'));
    await cloud.run(reconcileFleet({ runtime, relaunch: false, deadline: at(2_000) }, deps, policy));
    expect(new Set(cloud.jobs.executions().map(({ job }) => job)).size).toBe(TENANTS.length);
  });

  it('skips a tenant that is held meanwhile', async () => {
    const cloud = slowFleet();
    await passWhile(cloud, () => cloud.hold('codex', 'h'));
    expect(cloud.jobs.executions()).toHaveLength(TENANTS.length - 1);
    expect(cloud.assignment('h')).toBeUndefined();
  });

  it('leaves the other tenants to a later promotion', async () => {
    const cloud = slowFleet();
    await passWhile(cloud, () => cloud.record(buildEntry(2, { publishTime: publishTime(30), messageId: '2' })));
    expect(cloud.jobs.executions().map(({ revision }) => revision)).toEqual([1, 1, 1]);
    expect(cloud.assignments.list('codex/')).toHaveLength(3);
  });

  it('never replaces a later pin with an older one', async () => {
    const cloud = new FakeCloud();
    cloud.register(buildTenant('a'));
    cloud.record(buildEntry(1));
    const deps = cloud.connect();
    let isPromoted = false;
    const read = async (runtime: string) => {
      const ledger = await deps.ledgers.read(runtime);
      if (!isPromoted) cloud.record(buildEntry(2, { publishTime: publishTime(1), messageId: '2' }));
      if (!isPromoted) cloud.assign(buildAssignment('a', { revision: 2 }));
      isPromoted = true;
      return ledger;
    };
    const ledgers = { ...deps.ledgers, read };
    await cloud.run(
      reconcileFleet({ runtime: 'codex', relaunch: false, deadline: at(480) }, { ...deps, ledgers }, policy),
    );
    expect(cloud.assignment('a')).toMatchObject({ revision: 2 });
    expect(cloud.jobs.executions()).toEqual([]);
  });
});

describe('reconcileAndRequeue with an operator’s relaunch and failing writes', () => {
  it.each([true, false])('requeues the relaunch until it is launched or stored (frozen: %s)', async (isFrozen) => {
    const cloud = new FakeCloud();
    cloud.register(buildTenant('a'));
    cloud.record(buildEntry(1));
    cloud.assign(claimedAssignment('a', { adoption: 'FAILED' }));
    if (isFrozen) cloud.freeze('codex');
    const request = { runtime: 'codex', relaunch: true, deadline: at(480) };
    const isDown: FaultSwitch = ({ port, method }) =>
      port === 'assignments' && method === 'write' ? { kind: 'throw', error: new InjectedError('503') } : undefined;
    await cloud.run(reconcileAndRequeue(request, cloud.connect('process', isDown), policy));
    expect(cloud.published.map(({ data }) => data)).toEqual([{ runtime: 'codex', tenants: ['a'], relaunch: true }]);
    expect(cloud.assignment('a')?.adoption).toBe('FAILED');
    await cloud.run(reconcileAndRequeue(request, cloud.connect(), policy));
    expect(cloud.assignment('a')?.adoption).toBe(isFrozen ? 'NEVER_RAN' : 'LAUNCHING');
    expect(cloud.published).toHaveLength(1);
  });
});
