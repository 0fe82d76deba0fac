import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy as policy } from '../../functions/core/retry-policy.ts';
import { runPass } from '../../functions/flows/run-pass.ts';
import { LaunchError } from '../../functions/ports/launcher.ts';
import { FakeCloud } from '../fakes/fake-cloud.ts';
import type { FaultSwitch } from '../fakes/gate.ts';
import { entryOf } from '../fixtures/entry.ts';
import { jobOfTenant, tenantOf } from '../fixtures/tenant.ts';
import { at } from '../fixtures/times.ts';

/** When each `jobs.run` was called, in seconds after the start, refused ones included. */
async function callsOf(tenants: readonly string[], faults: FaultSwitch): Promise<number[]> {
  const cloud = new FakeCloud({ runsPerMinute: 3 });
  cloud.register(...tenants.map((tenant) => tenantOf(tenant)));
  cloud.record(entryOf(1));
  const calls: number[] = [];
  const deps = cloud.connect('p', (call) => {
    if (call.method === 'run') calls.push((cloud.now().getTime() - at(0).getTime()) / 1000);
    return faults(call);
  });
  await cloud.run(runPass({ runtime: 'codex', relaunch: false, deadline: at(480) }, deps, policy));
  return calls;
}

function fullestMinute(calls: readonly number[]): number {
  return Math.max(...calls.map((start) => calls.filter((time) => time >= start && time < start + 60).length));
}

describe('several passes over one fleet', () => {
  it('launch everybody once, in the time that one pass takes: what one has no use for the others use', async () => {
    const cloud = new FakeCloud({ runsPerMinute: 30, limits: { perMinute: 30 } });
    const tenants = Array.from({ length: 90 }, (_, index) => tenantOf(`tenant-${index}`));
    cloud.register(...tenants);
    cloud.record(entryOf(1));
    const passes = ['a', 'b', 'c'].map((owner) =>
      runPass({ runtime: 'codex', relaunch: false, deadline: at(480) }, cloud.connect(owner), policy),
    );
    await cloud.play(...passes);
    const created = cloud.jobs.executions().map(({ createdAt }) => (Date.parse(createdAt) - at(0).getTime()) / 1000);
    expect(created).toHaveLength(90);
    expect(new Set(cloud.jobs.executions().map(({ job }) => job)).size).toBe(90);
    expect(Math.max(...created)).toBeLessThan(2 * 61 + 10);
  });
});

describe('a launch', () => {
  it('whose claim took long takes another launch time, so that no minute holds one too many', async () => {
    const calls = await callsOf(['a', 'b', 'c', 'd', 'e', 'f'], ({ port, method, about }) =>
      port === 'assignments' && method === 'write' && about === 'codex/a.json'
        ? { kind: 'slow', milliseconds: 20_000 }
        : undefined,
    );
    expect(fullestMinute(calls)).toBeLessThanOrEqual(3);
  });

  it('that is refused for quota takes a launch time for each further call', async () => {
    const calls = await callsOf(['a', 'b'], ({ method, about }) =>
      method === 'run' && about === jobOfTenant('a')
        ? { kind: 'throw', error: new LaunchError('QUOTA', about, '429') }
        : undefined,
    );
    expect(calls.length).toBeGreaterThan(2);
    expect(fullestMinute(calls)).toBeLessThanOrEqual(3);
  });
});
