import { describe, expect, it } from 'vitest';
import type { Evidence } from '#functions/core/adoption/evidence.ts';
import { defaultRetryPolicy as policy } from '#functions/core/launch/retry-policy.ts';
import type { Assignment } from '#functions/core/records/assignment.ts';
import { failed, running, succeeded } from '#functions/core/values/outcome.ts';
import { collectEvidence } from '#functions/flows/adoption/collect-evidence.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import { type FaultSwitch, InjectedError } from '../../fakes/gate.ts';
import { adoptedAssignment, claimedAssignment } from '../../fixtures/assignment.ts';
import { buildExecution } from '../../fixtures/execution.ts';
import { buildStoredReceipt } from '../../fixtures/receipt.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { at } from '../../fixtures/times.ts';

type Calls = Record<string, number>;

function buildNames(count: number, prefix = 'tenant'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

/** Tenants of one location; `assign` is what each is assigned beside its running execution. */
function buildFleet(
  names: readonly string[],
  location: string,
  assign: (tenant: string) => Partial<Assignment> = () => ({}),
) {
  return names.map((name) => {
    const job = `projects/fleet/locations/${location}/jobs/codex-${name}`;
    const execution = { ...buildExecution(name), name: `${job}/executions/codex-${name}-1`, job };
    const assignment = adoptedAssignment(name, { execution: execution.name, outcome: running, ...assign(name) });
    return { tenant: buildTenant(name, { job }), assignment, execution };
  });
}

async function gathered(
  cloud: FakeCloud,
  fleet: ReturnType<typeof buildFleet>,
  faults: FaultSwitch = () => undefined,
): Promise<{ evidence: Map<string, Evidence>; calls: Calls; seconds: number }> {
  for (const { execution } of fleet) if (cloud.jobs.execution(execution.name) === undefined) cloud.jobs.seed(execution);
  const calls: Calls = {};
  const deps = cloud.connect('process', (call) => {
    const key = `${call.port}.${call.method}`;
    calls[key] = (calls[key] ?? 0) + 1;
    return faults(call);
  });
  const start = cloud.now().getTime();
  const evidence = await cloud.run(collectEvidence(fleet, deps, policy, new Date(start + 480_000)));
  return { evidence, calls, seconds: (cloud.now().getTime() - start) / 1000 };
}

describe('collectEvidence', () => {
  it('learns from one list call per location that its adopted workloads still run', async () => {
    const cloud = new FakeCloud();
    const fleet = [
      ...buildFleet(buildNames(900, 'a'), 'europe-west1'),
      ...buildFleet(buildNames(900, 'b'), 'us-east1'),
    ];
    const { evidence, calls } = await gathered(cloud, fleet);
    expect(evidence.size).toBe(0);
    expect(calls).toEqual({ 'launcher.executions': 2 });
  });

  it('reads further pages until it has seen every tenant’s execution', async () => {
    const cloud = new FakeCloud();
    const fleet = buildFleet(buildNames(2_500), 'europe-west1');
    const { evidence, calls } = await gathered(cloud, fleet);
    expect(evidence.size).toBe(0);
    expect(calls).toEqual({ 'launcher.executions': 3 });
  });

  it('reads exit codes by name, for failed executions only', async () => {
    const cloud = new FakeCloud();
    const fleet = buildFleet(buildNames(10), 'europe-west1');
    for (const { execution } of fleet) cloud.jobs.seed(execution);
    cloud.jobs.end(fleet[3]?.execution.name ?? '', failed(9, null));
    cloud.jobs.end(fleet[4]?.execution.name ?? '', succeeded);
    const { evidence, calls } = await gathered(cloud, fleet);
    expect(evidence.size).toBe(2);
    expect(evidence.get('tenant-3')?.execution?.outcome).toEqual(failed(9, null));
    expect(evidence.get('tenant-4')?.execution?.outcome).toEqual(succeeded);
    expect(calls).toEqual({ 'launcher.executions': 1, 'launcher.execution': 1, 'receipts.read': 1 });
  });

  it('reads an execution by name if no list shows it, and only then reports it absent', async () => {
    const cloud = new FakeCloud({ start: at(1_000) });
    const fleet = buildFleet(buildNames(4), 'europe-west1');
    for (const { execution } of fleet) cloud.jobs.seed(execution);
    const forgotten = fleet[1]?.execution.name ?? '';
    const withholding: FaultSwitch = ({ method }) => {
      if (method === 'executions') cloud.jobs.forget(forgotten);
      else if (fleet[1]) cloud.jobs.seed(fleet[1].execution);
      return undefined;
    };
    const present = await gathered(cloud, fleet, withholding);
    expect(present.evidence.size).toBe(0);
    expect(present.calls['launcher.execution']).toBe(1);
    cloud.jobs.forget(forgotten);
    const absent = await cloud.run(collectEvidence(fleet, cloud.connect(), policy, at(2_000)));
    expect([...absent]).toEqual([['tenant-1', expect.objectContaining({ absence: 'garbage-collected' })]]);
  });

  it('finds an unrecorded launch in the list, and an absent one in no list of its job', async () => {
    const cloud = new FakeCloud({ start: at(100) });
    const fleet = buildFleet(buildNames(4), 'europe-west1', (tenant) => ({
      ...claimedAssignment(tenant, { launchId: `launch-${tenant}` }),
      proof: null,
    }));
    for (const { execution, assignment } of fleet.slice(0, 3)) {
      cloud.jobs.seed({ ...execution, launchId: assignment.launchId });
    }
    const { evidence, calls } = await gathered(cloud, fleet.slice(0, 3));
    expect([...evidence.values()].map(({ execution }) => execution?.launchId).sort()).toEqual([
      'launch-tenant-0',
      'launch-tenant-1',
      'launch-tenant-2',
    ]);
    expect(calls['launcher.findLaunch']).toBeUndefined();
    const lost = await cloud.run(collectEvidence(fleet, cloud.connect(), policy, at(1_000)));
    expect(lost.get('tenant-3')).toMatchObject({ execution: null, absence: 'never-launched' });
  });

  it('reads no receipts of an execution that waits to start, and one of an execution that runs', async () => {
    const cloud = new FakeCloud();
    const fleet = buildFleet(buildNames(2), 'europe-west1', () => ({
      adoption: 'LAUNCHING',
      outcome: null,
      proof: null,
    }));
    for (const { execution } of fleet.slice(1)) cloud.jobs.seed({ ...execution, started: false });
    const { calls, evidence } = await gathered(cloud, fleet);
    expect(calls['receipts.read']).toBe(1);
    expect([...evidence.keys()]).toEqual(['tenant-0']);
  });
});

describe('collectEvidence with a location that hangs', () => {
  const hanging: FaultSwitch = ({ port, about }) =>
    port === 'launcher' && about.includes('/us-east1/') ? { kind: 'hang' } : undefined;

  it('ends after 60 s, and keeps another location’s evidence', async () => {
    const cloud = new FakeCloud();
    const well = buildFleet(buildNames(5, 'a'), 'europe-west1');
    for (const { execution } of well) cloud.jobs.seed({ ...execution, outcome: succeeded });
    const { evidence, seconds } = await gathered(
      cloud,
      [...buildFleet(buildNames(500, 'b'), 'us-east1'), ...well],
      hanging,
    );
    expect(seconds).toBe(60);
    for (const { tenant } of well) expect(evidence.get(tenant.tenant)?.execution?.outcome).toEqual(succeeded);
    expect(evidence.get('b-7')).toMatchObject({ execution: null, absence: null, unavailable: 'no answer within 60 s' });
  });

  it('ends after a quarter of a short deadline', async () => {
    const cloud = new FakeCloud();
    const work = collectEvidence(buildFleet(buildNames(5), 'us-east1'), cloud.connect('p', hanging), policy, at(40));
    await cloud.run(work);
    expect(cloud.now()).toEqual(at(10));
  });

  it('makes no further call after its time', async () => {
    const cloud = new FakeCloud();
    let asked = 0;
    const slow: FaultSwitch = ({ port }) => {
      if (port !== 'launcher') return undefined;
      asked++;
      return { kind: 'slow', milliseconds: 10_000 };
    };
    const work = collectEvidence(buildFleet(buildNames(200), 'us-east1'), cloud.connect('p', slow), policy, at(100));
    await cloud.run(work);
    const before = asked;
    await cloud.run(cloud.stage.clock.sleep(300_000));
    expect(asked).toBe(before);
    expect(before).toBeLessThan(40);
  });
});

describe('collectEvidence with a location that denies', () => {
  it('returns the tenants’ evidence as unavailable with Cloud Run’s answer, and logs it once', async () => {
    const cloud = new FakeCloud();
    const { evidence } = await gathered(cloud, buildFleet(buildNames(30), 'europe-west1'), ({ port }) =>
      port === 'launcher' ? { kind: 'throw', error: new InjectedError('7 PERMISSION_DENIED') } : undefined,
    );
    expect(evidence.size).toBe(30);
    expect(evidence.get('tenant-3')?.unavailable).toContain('7 PERMISSION_DENIED');
    expect(cloud.log.filter(({ message }) => message === 'evidence unavailable')).toHaveLength(1);
  });
});

it('collectEvidence reads the finished receipt of a failed workload only', async () => {
  const cloud = new FakeCloud();
  const fleet = buildFleet(['acme'], 'europe-west1');
  cloud.jobs.seed({ ...buildExecution('acme'), ...fleet[0]?.execution, outcome: failed(127, null) });
  const told = buildStoredReceipt({ kind: 'finished', code: 'COMMAND_NOT_FOUND', exitCode: 127 });
  cloud.file(told);
  const { evidence } = await gathered(cloud, fleet);
  expect(evidence.get('acme')?.receipts).toEqual([told]);
});
