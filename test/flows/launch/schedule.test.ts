import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy as policy } from '#functions/core/launch/retry-policy.ts';
import { reconcileFleet } from '#functions/flows/rollout/reconcile-fleet.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import type { FaultSwitch } from '../../fakes/gate.ts';
import { runSandbox } from '../../fakes/model-sandbox.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildTenant, jobOfTenant } from '../../fixtures/tenant.ts';
import { at } from '../../fixtures/times.ts';

const TENANTS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** When each `jobs.run` was called, in seconds after the start, refused ones included. */
async function callsOf(tenants: readonly string[], faults: FaultSwitch): Promise<number[]> {
  const cloud = new FakeCloud({ runsPerMinute: 3 });
  cloud.register(...tenants.map((tenant) => buildTenant(tenant)));
  cloud.record(buildEntry(1));
  const calls: number[] = [];
  const deps = cloud.connect('p', (call) => {
    if (call.method === 'run') calls.push((cloud.now().getTime() - at(0).getTime()) / 1000);
    return faults(call);
  });
  await cloud.run(reconcileFleet({ runtime: 'codex', relaunch: false, deadline: at(480) }, deps, policy));
  return calls;
}

function fullestMinute(calls: readonly number[]): number {
  return Math.max(...calls.map((start) => calls.filter((time) => time >= start && time < start + 60).length));
}

describe('reconcileFleet in three processes', () => {
  it('launches every tenant once, in the time that one process takes', async () => {
    const cloud = new FakeCloud({ runsPerMinute: 30, limits: { perMinute: 30 } });
    const tenants = Array.from({ length: 90 }, (_, index) => buildTenant(`tenant-${index}`));
    cloud.register(...tenants);
    cloud.record(buildEntry(1));
    const passes = ['a', 'b', 'c'].map((owner) =>
      reconcileFleet({ runtime: 'codex', relaunch: false, deadline: at(480) }, cloud.connect(owner), policy),
    );
    await cloud.play(...passes);
    const created = cloud.jobs.executions().map(({ createdAt }) => (Date.parse(createdAt) - at(0).getTime()) / 1000);
    expect(created).toHaveLength(90);
    expect(new Set(cloud.jobs.executions().map(({ job }) => job)).size).toBe(90);
    expect(Math.max(...created)).toBeLessThan(2 * 61 + 10);
  });
});

describe('reconcileFleet with a slow claim', () => {
  it('takes another slot, so that no minute has more launches than the quota', async () => {
    const calls = await callsOf(['a', 'b', 'c', 'd', 'e', 'f'], ({ port, method, about }) =>
      port === 'assignments' && method === 'write' && about === 'codex/a.json'
        ? { kind: 'slow', milliseconds: 20_000 }
        : undefined,
    );
    expect(fullestMinute(calls)).toBeLessThanOrEqual(3);
  });
});

describe('reconcileFleet with a slot that expires during the claim', () => {
  /** The first claim takes 2 s; with `perMinute` launches a minute the next slot comes sooner or later. */
  async function launchSlowly(perMinute: number) {
    const cloud = new FakeCloud({ runsPerMinute: perMinute });
    cloud.register(buildTenant('a'));
    cloud.record(buildEntry(1));
    let writes = 0;
    const deps = cloud.connect('p', ({ port, method }) =>
      port === 'assignments' && method === 'write' && ++writes === 1
        ? { kind: 'slow', milliseconds: 2_000 }
        : undefined,
    );
    const report = await cloud.run(
      reconcileFleet({ runtime: 'codex', relaunch: false, deadline: at(480) }, deps, policy),
    );
    const [execution] = cloud.jobs.executions();
    return { cloud, report, writes: () => writes, execution };
  }

  it('keeps the claim for a slot before its expiry, without a further write', async () => {
    const { cloud, report, writes, execution } = await launchSlowly(60);
    expect(report.launches).toMatchObject({ launched: 1, pending: 0 });
    expect(writes()).toBe(1);
    expect(execution?.launchId).toBe(cloud.assignment('a')?.launchId);
  });

  it('makes a new claim for a slot after the expiry, and never launches the old one', async () => {
    const { cloud, report, execution } = await launchSlowly(1);
    expect(report.launches).toMatchObject({ launched: 1, pending: 0 });
    const { launchId, notAfter } = cloud.assignment('a') ?? {};
    expect(execution?.launchId).toBe(launchId);
    expect(Date.parse(execution?.createdAt ?? '')).toBeLessThan(Date.parse(notAfter ?? ''));
    expect(cloud.jobs.executions()).toHaveLength(1);
  });
});

describe('reconcileFleet after refusals at valid slots', () => {
  /** Cloud Run lets `running` executions run in the location, and Pincast believes that it lets more. */
  function fullLocation(running: number): FakeCloud {
    const cloud = new FakeCloud({ limits: { running } });
    cloud.register(...TENANTS.map((tenant) => buildTenant(tenant)));
    cloud.record(buildEntry(1));
    return cloud;
  }

  function countCalls(cloud: FakeCloud) {
    const calls: number[] = [];
    const deps = cloud.connect('p', ({ method }) => {
      if (method === 'run') calls.push((cloud.now().getTime() - at(0).getTime()) / 1000);
      return undefined;
    });
    return { calls, deps };
  }

  it('pauses the location, and retries later each time', async () => {
    const cloud = fullLocation(0);
    const { calls, deps } = countCalls(cloud);
    for (let minute = 0; minute < 30; minute++) {
      const deadline = new Date(cloud.now().getTime() + 50_000);
      await cloud.run(reconcileFleet({ runtime: 'codex', relaunch: false, deadline }, deps, policy));
      cloud.stage.advance(Math.max(0, at((minute + 1) * 60).getTime() - cloud.now().getTime()));
    }
    expect(cloud.jobs.executions()).toEqual([]);
    expect(calls.length).toBeLessThanOrEqual(TENANTS.length + 12);
    for (const tenant of TENANTS) {
      expect(cloud.assignment(tenant)).toMatchObject({ adoption: 'NEVER_RAN', reason: { code: 'LAUNCH_QUOTA' } });
    }
  });

  it('launches the tenants once there is capacity', async () => {
    const cloud = fullLocation(3);
    const { deps } = countCalls(cloud);
    const deadline = () => new Date(cloud.now().getTime() + 480_000);
    await cloud.run(reconcileFleet({ runtime: 'codex', relaunch: false, deadline: deadline() }, deps, policy));
    expect(cloud.jobs.executions()).toHaveLength(3);
    for (const { name, job } of cloud.jobs.executions()) {
      const tenant = TENANTS.find((one) => jobOfTenant(one) === job);
      runSandbox(cloud, buildTenant(tenant), name);
    }
    cloud.stage.advance(policy.maxDelaySeconds * 1000);
    await cloud.run(reconcileFleet({ runtime: 'codex', relaunch: false, deadline: deadline() }, deps, policy));
    expect(cloud.jobs.executions()).toHaveLength(6);
  });

  it('stops the launches of other processes in that location', async () => {
    const cloud = fullLocation(0);
    cloud.register(buildTenant('x', { runtime: 'other' }));
    cloud.record(buildEntry(1, { runtime: 'other' }));
    await cloud.run(
      reconcileFleet({ runtime: 'codex', relaunch: false, deadline: at(8) }, cloud.connect('first'), policy),
    );
    const { calls, deps } = countCalls(cloud);
    await cloud.run(reconcileFleet({ runtime: 'other', relaunch: false, deadline: at(480) }, deps, policy));
    expect(calls[0]).toBeGreaterThanOrEqual(10);
  });
});
