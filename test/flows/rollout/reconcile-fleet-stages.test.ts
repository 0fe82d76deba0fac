import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy as policy } from '#functions/core/launch/retry-policy.ts';
import { running, succeeded } from '#functions/core/values/outcome.ts';
import { reconcileFleet } from '#functions/flows/rollout/reconcile-fleet.ts';
import { FakeCloud, type FakeCloudOptions } from '../../fakes/fake-cloud.ts';
import type { FaultSwitch } from '../../fakes/gate.ts';
import { adoptedAssignment, claimedAssignment } from '../../fixtures/assignment.ts';
import { digestB } from '../../fixtures/digests.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildExecution } from '../../fixtures/execution.ts';
import { buildStoredReceipt } from '../../fixtures/receipt.ts';
import { buildTenant } from '../../fixtures/tenant.ts';

function buildNames(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

/** Tenants at r1 in a location, each with its execution of that state. */
function addFleet(cloud: FakeCloud, names: readonly string[], location: string, isRunning: boolean): void {
  for (const name of names) {
    const job = `projects/fleet/locations/${location}/jobs/codex-${name}`;
    const outcome = isRunning ? running : succeeded;
    const execution = { ...buildExecution(name), name: `${job}/executions/codex-${name}-1`, job, outcome };
    cloud.register(buildTenant(name, { job }));
    cloud.jobs.seed(execution);
    const proof = { ...adoptedAssignment(name).proof, execution: execution.name } as NonNullable<
      ReturnType<typeof adoptedAssignment>['proof']
    >;
    cloud.assign(adoptedAssignment(name, { execution: execution.name, outcome, proof }));
  }
}

function buildCloud(options: FakeCloudOptions = {}): FakeCloud {
  const cloud = new FakeCloud(options);
  cloud.record(buildEntry(1));
  return cloud;
}

function pass(cloud: FakeCloud, faults?: FaultSwitch, relaunch = false) {
  const deadline = new Date(cloud.now().getTime() + 480_000);
  return cloud.run(reconcileFleet({ runtime: 'codex', relaunch, deadline }, cloud.connect('process', faults), policy));
}

describe('reconcileFleet while the evidence of one location hangs', () => {
  const others = buildNames('other', 5);
  const hanging: FaultSwitch = ({ port, about }) =>
    port === 'launcher' && about.includes('/us-east1/') ? { kind: 'hang' } : undefined;

  it('launches five tenants of another location within 10 s, and ends after 60 s', async () => {
    const cloud = buildCloud();
    addFleet(cloud, buildNames('busy', 300), 'us-east1', true);
    addFleet(cloud, others, 'europe-west1', false);
    cloud.record(buildEntry(2, { environmentTarDigest: digestB, tenants: others }));
    const start = cloud.now().getTime();
    const launchedAt: number[] = [];
    const report = await pass(cloud, (call) => {
      if (call.method === 'run') launchedAt.push(cloud.now().getTime() - start);
      return hanging(call);
    });
    expect(report).toMatchObject({ launches: { launched: 5 } });
    expect(Math.max(...launchedAt)).toBeLessThan(10_000);
    expect(cloud.now().getTime() - start).toBe(60_000);
    expect(cloud.assignment('busy-0')).toMatchObject({ revision: 1, adoption: 'ADOPTED', outcome: running });
  });

  it('records the other location’s verdicts in the same reconcile', async () => {
    const cloud = buildCloud();
    addFleet(cloud, buildNames('busy', 5), 'us-east1', true);
    addFleet(cloud, ['acme'], 'europe-west1', false);
    cloud.assign(
      claimedAssignment('acme', { execution: cloud.assignment('acme')?.execution ?? null, adoption: 'RUNNING' }),
    );
    cloud.file(buildStoredReceipt());
    expect(await pass(cloud, hanging)).toMatchObject({ recorded: 1 });
    expect(cloud.assignment('acme')).toMatchObject({ adoption: 'ADOPTED', outcome: succeeded });
  });
});

describe('reconcileFleet with launches before and after the evidence', () => {
  it('launches a deferred tenant once the evidence frees capacity, each tenant once', async () => {
    const cloud = buildCloud({ maxRunning: 3 });
    addFleet(cloud, buildNames('done', 3), 'europe-west1', true);
    for (const { name } of cloud.jobs.executions()) cloud.jobs.end(name, succeeded);
    const fresh = buildNames('fresh', 3);
    cloud.register(...fresh.map((name) => buildTenant(name)));
    expect(await pass(cloud)).toMatchObject({ launches: { launched: 3 }, deferred: 0, recorded: 3 });
    for (const name of fresh) expect(cloud.jobs.executions(buildTenant(name).job)).toHaveLength(1);
  });

  it('launches a full fleet whose workloads ended without any notification', async () => {
    const cloud = buildCloud({ maxRunning: 4 });
    addFleet(cloud, buildNames('done', 4), 'europe-west1', true);
    for (const { name } of cloud.jobs.executions()) cloud.jobs.end(name, succeeded);
    cloud.record(buildEntry(2, { environmentTarDigest: digestB }));
    expect(await pass(cloud)).toMatchObject({ launches: { launched: 4 }, deferred: 0 });
  });

  it('keeps the proof of a launch in flight when its tenant gets a new target', async () => {
    const cloud = buildCloud();
    addFleet(cloud, ['acme'], 'europe-west1', false);
    cloud.assign(
      claimedAssignment('acme', { execution: cloud.assignment('acme')?.execution ?? null, adoption: 'RUNNING' }),
    );
    cloud.file(buildStoredReceipt());
    cloud.record(buildEntry(2, { environmentTarDigest: digestB }));
    expect(await pass(cloud)).toMatchObject({ launches: { launched: 1 } });
    expect(cloud.assignment('acme')).toMatchObject({ revision: 2, adoption: 'LAUNCHING', proof: { revision: 1 } });
  });

  it('launches a retargeted tenant once, and reads old executions by one list call', async () => {
    const cloud = buildCloud();
    addFleet(cloud, ['a', 'b', 'c', 'd'], 'europe-west1', true);
    cloud.record(buildEntry(2, { environmentTarDigest: digestB }));
    const asked: string[] = [];
    await pass(cloud, ({ port, method }) => {
      if (port === 'launcher' && method !== 'run') asked.push(method);
      return undefined;
    });
    expect(asked).toEqual(['executions']);
    expect(cloud.jobs.executions().filter(({ revision }) => revision === 2)).toHaveLength(4);
  });

  it('relaunches a tenant that its evidence marks FAILED, at an operator’s request', async () => {
    const cloud = buildCloud();
    addFleet(cloud, ['acme'], 'europe-west1', false);
    const last = { launchAttempt: policy.maxAttempts, adoption: 'RUNNING' as const };
    cloud.assign(claimedAssignment('acme', { execution: cloud.assignment('acme')?.execution ?? null, ...last }));
    expect(await pass(cloud, undefined, true)).toMatchObject({ launches: { launched: 1 } });
    expect(cloud.assignment('acme')).toMatchObject({ adoption: 'LAUNCHING', launchAttempt: 1 });
  });

  it('records the evidence although no slot can be reserved', async () => {
    const cloud = buildCloud();
    addFleet(cloud, ['acme'], 'europe-west1', true);
    cloud.jobs.end(cloud.jobs.executions()[0]?.name ?? '', succeeded);
    cloud.register(buildTenant('fresh'));
    const failing: FaultSwitch = ({ port }) =>
      port === 'quota' ? { kind: 'throw', error: new Error('503') } : undefined;
    await expect(pass(cloud, failing)).rejects.toThrow();
    expect(cloud.assignment('acme')?.outcome).toEqual(succeeded);
  });
});
