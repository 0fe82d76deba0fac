import { describe, expect, it } from 'vitest';
import type { Config } from '#functions/core/config.ts';
import { defaultRetryPolicy as policy } from '#functions/core/launch/retry-policy.ts';
import { names } from '#functions/core/records/object-names.ts';
import { executionId } from '#functions/core/values/execution.ts';
import { succeeded } from '#functions/core/values/outcome.ts';
import { handleReceipt } from '#functions/flows/adoption/handle-receipt.ts';
import { ReceiptPrompts } from '#functions/flows/adoption/receipt-prompts.ts';
import { recheckFleets } from '#functions/flows/rollout/recheck-fleets.ts';
import { type ReconcileRequest, reconcileAndRequeue } from '#functions/flows/rollout/reconcile-fleet.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import { type FaultSwitch, InjectedError } from '../../fakes/gate.ts';
import { runSandbox } from '../../fakes/model-sandbox.ts';
import { adoptedAssignment, buildProof, claimedAssignment } from '../../fixtures/assignment.ts';
import { digestB } from '../../fixtures/digests.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildStoredReceipt } from '../../fixtures/receipt.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { at, publishTime } from '../../fixtures/times.ts';

const TENANTS = ['a', 'b', 'c', 'd', 'e'];

function buildFleet(maxRunning: number): FakeCloud {
  const cloud = new FakeCloud({ maxRunning });
  cloud.register(...TENANTS.map((tenant) => buildTenant(tenant)));
  cloud.record(buildEntry(1));
  return cloud;
}

function pass(cloud: FakeCloud, request: Partial<ReconcileRequest> = {}, faults?: FaultSwitch) {
  const deadline = new Date(cloud.now().getTime() + 480_000);
  return cloud.run(
    reconcileAndRequeue(
      { runtime: 'codex', relaunch: false, deadline, ...request },
      cloud.connect('process', faults),
      policy,
    ),
  );
}

/** Tenants of another runtime, in the same location, whose executions run; its own reconcile counts them. */
async function runningElsewhere(cloud: FakeCloud, ...tenants: string[]): Promise<void> {
  cloud.register(...tenants.map((tenant) => buildTenant(tenant, { runtime: 'other' })));
  cloud.assign(...tenants.map((tenant) => adoptedAssignment(tenant, { runtime: 'other' })));
  await pass(cloud, { runtime: 'other' });
}

describe('reconcileAndRequeue with more tenants than the running cap', () => {
  it('launches up to the cap, and requeues while it makes progress', async () => {
    const cloud = buildFleet(3);
    expect(await pass(cloud)).toMatchObject({ launches: { launched: 3 }, deferred: 2, shouldRequeue: true });
    expect(cloud.jobs.executions()).toHaveLength(3);
    expect(cloud.assignments.list('codex/')).toHaveLength(3);
    expect(cloud.published.map(({ data }) => data)).toEqual([{ runtime: 'codex', relaunch: false, prompted: true }]);
  });

  it('requeues after a rejected launch, which frees capacity', async () => {
    const cloud = buildFleet(1);
    cloud.jobs.remove(buildTenant('a').job);
    expect(await pass(cloud)).toMatchObject({ launches: { rejected: 1 }, deferred: 4, shouldRequeue: true });
    cloud.stage.advance(2_000);
    expect(await pass(cloud)).toMatchObject({ launches: { launched: 1 }, deferred: 3 });
    expect(cloud.jobs.executions().map(({ job }) => job)).toEqual([buildTenant('b').job]);
  });

  it('does not requeue without progress', async () => {
    const cloud = buildFleet(3);
    await pass(cloud);
    cloud.published.length = 0;
    expect(await pass(cloud)).toMatchObject({ launches: { launched: 0 }, deferred: 2, shouldRequeue: false });
    expect(cloud.published).toEqual([]);
  });

  it('launches the deferred tenants when others have ended', async () => {
    const cloud = buildFleet(3);
    await pass(cloud);
    for (const { name, job } of cloud.jobs.executions()) {
      const tenant = TENANTS.find((one) => buildTenant(one).job === job) ?? '';
      runSandbox(cloud, buildTenant(tenant), name);
    }
    await pass(cloud);
    expect(await pass(cloud)).toMatchObject({ deferred: 0 });
    expect(new Set(cloud.jobs.executions().map(({ job }) => job)).size).toBe(TENANTS.length);
    expect(cloud.jobs.executions()).toHaveLength(TENANTS.length);
  });

  it('counts running executions of other runtimes in the same location', async () => {
    const cloud = buildFleet(3);
    cloud.register(buildTenant('z', { runtime: 'other' }));
    cloud.assign(adoptedAssignment('z', { runtime: 'other', outcome: succeeded }));
    await runningElsewhere(cloud, 'x', 'y');
    expect(await pass(cloud)).toMatchObject({ launches: { launched: 1 }, deferred: 4 });
  });

  it('counts running executions of tenants that the request does not name', async () => {
    const cloud = buildFleet(2);
    cloud.assign(adoptedAssignment('a'), claimedAssignment('b'));
    expect(await pass(cloud, { tenants: ['c', 'd'] })).toMatchObject({ launches: { launched: 0 }, deferred: 2 });
  });

  it('does not count executions in another region', async () => {
    const cloud = buildFleet(5);
    const job = 'projects/fleet/locations/us-east1/jobs/other-x';
    cloud.register(buildTenant('x', { runtime: 'other', job }));
    cloud.assign(adoptedAssignment('x', { runtime: 'other', execution: `${job}/executions/other-x-1` }));
    await pass(cloud, { runtime: 'other' });
    expect(await pass(cloud)).toMatchObject({ launches: { launched: 5 }, deferred: 0 });
  });

  it('requeues an operator’s relaunch until there is capacity', async () => {
    const cloud = buildFleet(1);
    await runningElsewhere(cloud, 'x');
    cloud.assign(...TENANTS.map((tenant) => claimedAssignment(tenant, { adoption: 'REFUSED' })));
    const start = cloud.now().getTime();
    expect(await pass(cloud, { relaunch: true })).toMatchObject({ launches: { launched: 0 }, shouldRequeue: true });
    expect(cloud.published.map(({ data }) => data)).toEqual([{ runtime: 'codex', tenants: TENANTS, relaunch: true }]);
    expect(cloud.now().getTime() - start).toBeGreaterThanOrEqual(480_000);
  });

  it('launches although a stored count is unreadable, and replaces its own', async () => {
    const cloud = buildFleet(3);
    for (const runtime of ['codex', 'other']) cloud.control.put(names.reconcile(runtime), '{"formatVersion":2}');
    expect(await pass(cloud)).toMatchObject({ launches: { launched: 3 }, deferred: 2 });
    expect(cloud.control.read(names.reconcile('codex'))?.text).toContain(
      '"running":{"projects/fleet/locations/europe-west1":3}',
    );
  });

  it('launches although the counts cannot be written', async () => {
    const cloud = buildFleet(3);
    const request = { runtime: 'codex', relaunch: false, deadline: at(480) };
    const deps = cloud.connect('process', ({ port, method }) =>
      port === 'reconciles' && method === 'write' ? { kind: 'throw', error: new InjectedError('503') } : undefined,
    );
    expect(await cloud.run(reconcileAndRequeue(request, deps, policy))).toMatchObject({ launches: { launched: 3 } });
  });

  it('makes one list call for the counts of 40 other runtimes', async () => {
    const cloud = buildFleet(100);
    for (let other = 0; other < 40; other++) {
      cloud.register(buildTenant('x', { runtime: `other-${other}` }));
      cloud.assign(adoptedAssignment('x', { runtime: `other-${other}` }));
    }
    const lists: string[] = [];
    const deps = cloud.connect('process', ({ port, method }) => {
      if (method === 'list' || method === 'tenants' || method === 'holds') lists.push(port);
      return undefined;
    });
    await cloud.run(reconcileAndRequeue({ runtime: 'codex', relaunch: false, deadline: at(480) }, deps, policy));
    expect(cloud.jobs.executions()).toHaveLength(TENANTS.length);
    expect(lists.sort()).toEqual(['assignments', 'fleet', 'fleet', 'pins', 'reconciles']);
  });
});

describe('reconcileAndRequeue with workloads of hours that an older pin left running', () => {
  const hours = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

  /** Eight tenants whose r1 workloads run; Cloud Run lets ten executions run. */
  async function workingFleet(): Promise<FakeCloud> {
    const cloud = new FakeCloud({ maxRunning: 10, limits: { running: 10 } });
    cloud.register(...hours.map((tenant) => buildTenant(tenant)));
    cloud.record(buildEntry(1));
    await pass(cloud);
    cloud.assign(
      ...cloud
        .launches()
        .map(({ tenant, execution, launchId }) =>
          adoptedAssignment(tenant, { execution, launchId, proof: buildProof(tenant, { execution }) }),
        ),
    );
    cloud.record(buildEntry(2, { environmentTarDigest: digestB }));
    return cloud;
  }

  it('counts them against the cap: two of eight tenants launch, and Cloud Run refuses no call', async () => {
    const cloud = await workingFleet();
    let calls = 0;
    const count: FaultSwitch = ({ method }) => {
      if (method === 'run') calls++;
      return undefined;
    };
    expect(await pass(cloud, {}, count)).toMatchObject({ launches: { launched: 2 }, deferred: 6 });
    cloud.stage.advance(60_000);
    expect(await pass(cloud, {}, count)).toMatchObject({ launches: { launched: 0 }, deferred: 6 });
    expect(calls).toBe(2);
  });

  it('launches after the scheduled reconcile sees them end, by list calls only', async () => {
    const cloud = await workingFleet();
    await pass(cloud);
    const [left] = hours.flatMap((tenant) => cloud.assignment(tenant)?.leftRunning ?? []);
    cloud.jobs.end(left?.execution ?? '', succeeded);
    const asked: string[] = [];
    const report = await pass(cloud, {}, ({ port, method }) => {
      if (port === 'launcher' && method !== 'run') asked.push(method);
      return undefined;
    });
    expect(report).toMatchObject({ launches: { launched: 1 } });
    expect(asked).toEqual(['executions']);
  });

  it('launches after their finished receipt requests a reconcile', async () => {
    const cloud = await workingFleet();
    await pass(cloud);
    cloud.published.length = 0;
    const moved = hours.find((tenant) => cloud.assignment(tenant)?.leftRunning !== undefined) ?? '';
    const [left] = cloud.assignment(moved)?.leftRunning ?? [];
    const name = {
      tenant: moved,
      runtime: 'codex',
      execution: executionId(left?.execution ?? ''),
      taskIndex: 0,
      taskAttempt: 0,
    };
    const object = names.receipt({ ...name, kind: 'finished' });
    const message = {
      data: '{}',
      messageId: '1',
      publishTime: publishTime(1),
      attributes: { bucketId: 'receipts', objectId: object, eventType: 'OBJECT_FINALIZE' },
    };
    const config = { buckets: { receipts: 'receipts' } as Config['buckets'], retry: policy };
    const receive = () => {
      const deps = cloud.connect('receipt');
      return cloud.run(handleReceipt(message, { ...deps, prompts: new ReceiptPrompts(deps) }, config));
    };
    cloud.file(buildStoredReceipt({ ...name, kind: 'finished', exitCode: 0 }));
    await receive();
    expect(cloud.assignment(moved)?.leftRunning).toEqual([left]);
    expect(cloud.published).toEqual([]);
    cloud.jobs.end(left?.execution ?? '', succeeded);
    await receive();
    expect(cloud.assignment(moved)?.leftRunning).toBeUndefined();
    expect(cloud.published.map(({ data }) => data)).toEqual([{ runtime: 'codex', relaunch: false, prompted: true }]);
  });
});

describe('recheckFleets of several runtimes', () => {
  const RUNTIMES = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8'];

  function fleets(maxRunning: number): FakeCloud {
    const cloud = new FakeCloud({ maxRunning });
    for (const runtime of RUNTIMES) {
      cloud.register(...TENANTS.map((tenant) => buildTenant(tenant, { runtime })));
      cloud.record(buildEntry(1, { runtime }));
    }
    return cloud;
  }

  function recheck(cloud: FakeCloud, faults?: FaultSwitch) {
    const rechecks = { retry: policy, orphansSeconds: 3_600 };
    return cloud.run(recheckFleets({ relaunch: false }, cloud.connect('recheck', faults), rechecks, at(480)));
  }

  it('launches at most the cap over all runtimes', async () => {
    const cloud = fleets(7);
    const reports = await recheck(cloud);
    expect(cloud.jobs.executions()).toHaveLength(7);
    expect(reports.reduce((sum, { deferred: later }) => sum + later, 0)).toBe(RUNTIMES.length * TENANTS.length - 7);
  });

  it('lists every runtime a bounded number of times, not once for every other', async () => {
    const cloud = fleets(1_000);
    let lists = 0;
    await recheck(cloud, ({ port, method }) => {
      if (port === 'assignments' && method === 'list') lists++;
      return undefined;
    });
    expect(cloud.jobs.executions()).toHaveLength(RUNTIMES.length * TENANTS.length);
    // For its reconcile and for its look for orphans.
    expect(lists).toBeLessThanOrEqual(2 * RUNTIMES.length);
  });
});
