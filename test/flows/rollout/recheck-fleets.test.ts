import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy as policy } from '#functions/core/launch/retry-policy.ts';
import { parseRecheckRequest, type RecheckRequest } from '#functions/core/messages/recheck-request.ts';
import { formatRecord } from '#functions/core/records/codec.ts';
import { names as objectNames } from '#functions/core/records/object-names.ts';
import { newReconcileState } from '#functions/core/records/reconcile-state.ts';
import { succeeded } from '#functions/core/values/outcome.ts';
import { recheckFleets } from '#functions/flows/rollout/recheck-fleets.ts';
import { type ReconcileRequest, reconcileAndRequeue } from '#functions/flows/rollout/reconcile-fleet.ts';
import { LaunchError } from '#functions/ports/launcher.ts';
import { FakeCloud, type FakeCloudOptions } from '../../fakes/fake-cloud.ts';
import { type FaultSwitch, InjectedError } from '../../fakes/gate.ts';
import { runSandbox } from '../../fakes/model-sandbox.ts';
import { seededPick } from '../../fakes/seeded-pick.ts';
import { adoptedAssignment, claimedAssignment } from '../../fixtures/assignment.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildTenant, jobOfTenant, REGION } from '../../fixtures/tenant.ts';
import { at, iso } from '../../fixtures/times.ts';

const rechecks = { retry: policy, orphansSeconds: 3_600 };
const names = (count: number) =>
  Array.from({ length: count }, (_, index) => `tenant-${String(index).padStart(4, '0')}`);

function buildFleet(tenants: readonly string[], options: FakeCloudOptions = {}): FakeCloud {
  const cloud = new FakeCloud(options);
  cloud.register(...tenants.map((tenant) => buildTenant(tenant)));
  cloud.record(buildEntry(1));
  return cloud;
}

function runPassFor(cloud: FakeCloud, seconds: number, request: Partial<ReconcileRequest> = {}, faults?: FaultSwitch) {
  const deadline = new Date(cloud.now().getTime() + seconds * 1000);
  const deps = cloud.connect('process', faults);
  return cloud.run(reconcileAndRequeue({ runtime: 'codex', relaunch: false, deadline, ...request }, deps, policy));
}

const created = (cloud: FakeCloud) => cloud.jobs.executions().map(({ createdAt }) => Date.parse(createdAt));

/** The most executions that any window of 60 seconds saw. */
function fullestMinute(times: readonly number[]): number {
  return Math.max(...times.map((start) => times.filter((time) => time >= start && time < start + 60_000).length));
}

describe('reconcileAndRequeue with more tenants than its time allows', () => {
  it('returns before its deadline without half-made launches, and requeues', async () => {
    const cloud = buildFleet(names(100), { runsPerMinute: 30, limits: { perMinute: 30 } });
    const report = await runPassFor(cloud, 100);
    expect(cloud.now().getTime()).toBeLessThanOrEqual(at(100).getTime());
    expect(report).toMatchObject({
      shouldRequeue: true,
      launches: { launched: 60, pending: 40, ambiguous: 0, rejected: 0 },
    });
    expect(cloud.assignments.list('codex/')).toHaveLength(60);
    expect(cloud.published.map(({ topic, data }) => [topic, data])).toEqual([
      ['fleet-recheck', { runtime: 'codex', relaunch: false }],
    ]);
  });

  it('requeues until all tenants are launched within the quota, then stops', async () => {
    const cloud = buildFleet(names(100), { runsPerMinute: 30, limits: { perMinute: 30 } });
    let passes = 0;
    do {
      passes++;
      cloud.published.length = 0;
      await runPassFor(cloud, 100);
    } while (cloud.published.length > 0);
    expect(passes).toBe(2);
    expect(created(cloud)).toHaveLength(100);
    expect(new Set(cloud.jobs.executions().map(({ job }) => job)).size).toBe(100);
    expect(fullestMinute(created(cloud))).toBeLessThanOrEqual(30);
  });

  it('does not wait for slots after its deadline', async () => {
    const cloud = buildFleet(names(40), { runsPerMinute: 30 });
    const report = await runPassFor(cloud, 55);
    expect(report).toMatchObject({ shouldRequeue: true, launches: { launched: 30, pending: 10 } });
    expect(cloud.now()).toEqual(at(55));
    expect(cloud.assignments.list('codex/')).toHaveLength(30);
    const [quota] = cloud.control.list('quota/');
    expect(JSON.parse(quota?.text ?? '').reserved).toHaveLength(30);
  });

  it('launches nothing after its deadline, and requeues', async () => {
    const cloud = buildFleet(['acme']);
    expect(await runPassFor(cloud, 0)).toMatchObject({ shouldRequeue: true, launches: { pending: 1 } });
    expect(cloud.jobs.executions()).toEqual([]);
    expect(cloud.assignment('acme')).toBeUndefined();
    expect(cloud.published).toHaveLength(1);
  });

  it('requeues only the requested tenants', async () => {
    const cloud = buildFleet(['acme', 'globex', 'initech']);
    await runPassFor(cloud, 0, { tenants: ['acme', 'globex'] });
    expect(cloud.published[0]?.data).toEqual({ runtime: 'codex', tenants: ['acme', 'globex'], relaunch: false });
  });

  it('requeues a relaunch for the pending tenants only', async () => {
    const tenants = names(8);
    const cloud = buildFleet(tenants, { runsPerMinute: 6 });
    cloud.assign(...tenants.map((tenant) => claimedAssignment(tenant, { adoption: 'REFUSED' })));
    await runPassFor(cloud, 30, { relaunch: true });
    const data = cloud.published[0]?.data;
    const waiting = tenants.filter((tenant) => cloud.jobs.executions(jobOfTenant(tenant)).length === 0);
    expect(waiting).toHaveLength(2);
    expect(data).toEqual({ runtime: 'codex', tenants: expect.arrayContaining(waiting), relaunch: true });
    expect(data).toHaveProperty('tenants.length', 2);
    const parsed = parseRecheckRequest(JSON.stringify(data));
    if (!parsed.ok) expect.fail('the continuation cannot be read');
    cloud.stage.advance(60_000);
    await cloud.run(
      recheckFleets(parsed.request, cloud.connect(), rechecks, new Date(cloud.now().getTime() + 100_000)),
    );
    expect(new Set(cloud.jobs.executions().map(({ job }) => job)).size).toBe(8);
    expect(cloud.jobs.executions()).toHaveLength(8);
  });

  it('does not requeue when all launches are made or ambiguous', async () => {
    const cloud = buildFleet(['acme']);
    await runPassFor(cloud, 100, {}, ({ method, about }) =>
      method === 'run' ? { kind: 'throw', error: new LaunchError('AMBIGUOUS', about, 'who knows') } : undefined,
    );
    await runPassFor(cloud, 100);
    expect(cloud.published).toEqual([]);
  });
});

describe('reconcileAndRequeue in several processes', () => {
  it('shares the quota, so that no process starves', async () => {
    const cloud = buildFleet(names(60), { runsPerMinute: 30, limits: { perMinute: 30 } });
    const hotfix = ['fix-1', 'fix-2'].map((tenant) => buildTenant(tenant, { runtime: 'hotfix' }));
    cloud.register(...hotfix);
    cloud.record(buildEntry(1, { runtime: 'hotfix' }));
    const deadline = at(480);
    const passes = ['codex', 'hotfix'].map((runtime) =>
      reconcileAndRequeue({ runtime, relaunch: false, deadline }, cloud.connect(runtime), policy),
    );
    await cloud.play(...passes);
    expect(fullestMinute(created(cloud))).toBeLessThanOrEqual(30);
    expect(created(cloud)).toHaveLength(62);
    const fixes = cloud.jobs.executions().filter(({ job }) => hotfix.some((tenant) => tenant.job === job));
    for (const { createdAt } of fixes) expect(Date.parse(createdAt)).toBeLessThan(at(75).getTime());
  });

  it('launches every tenant although Cloud Run’s own limit refuses calls', async () => {
    const cloud = buildFleet(names(10), { limits: { running: 4 } });
    const report = await runPassFor(cloud, 480);
    expect(report).toMatchObject({ shouldRequeue: true, launches: { launched: 4, pending: 6 } });
    for (const { name, job } of cloud.jobs.executions()) {
      const tenant = names(10).find((known) => jobOfTenant(known) === job);
      runSandbox(cloud, buildTenant(tenant), name);
    }
    cloud.stage.advance(policy.maxDelaySeconds * 1000);
    await runPassFor(cloud, 480);
    expect(cloud.jobs.executions()).toHaveLength(8);
  });
});

describe('reconcileFleet with one slow launch', () => {
  it('makes the other launches while one claim is written', async () => {
    const cloud = buildFleet(names(40), { runsPerMinute: 60 });
    await runPassFor(cloud, 480, {}, ({ port, method, about }) =>
      port === 'assignments' && method === 'write' && about.includes('tenant-0000')
        ? { kind: 'slow', milliseconds: 20_000 }
        : undefined,
    );
    expect(created(cloud)).toHaveLength(40);
    expect(created(cloud).filter((time) => time < at(5).getTime())).toHaveLength(39);
  });

  it('launches in other regions if one region’s slots cannot be reserved', async () => {
    const cloud = buildFleet(['acme']);
    const far = buildTenant('far', { job: 'projects/fleet/locations/us-east1/jobs/codex-far' });
    cloud.register(far);
    const work = runPassFor(cloud, 480, {}, ({ port, about }) =>
      port === 'quota' && about.includes('us-east1') ? { kind: 'throw', error: new InjectedError('503') } : undefined,
    );
    await expect(work).rejects.toThrow('slots could not be reserved');
    expect(cloud.jobs.executions().map(({ job }) => job)).toEqual([jobOfTenant('acme')]);
    expect(cloud.launches()).toHaveLength(1);
  });
});

describe('recheckFleets', () => {
  const two = () => {
    const cloud = buildFleet(['acme']);
    cloud.register(buildTenant('globex', { runtime: 'other' }));
    cloud.record(buildEntry(1, { runtime: 'other' }));
    return cloud;
  };

  it('reconciles every runtime, or the named one', async () => {
    const cloud = two();
    const reports = await cloud.run(recheckFleets({ relaunch: false }, cloud.connect(), rechecks, at(480)));
    expect(reports.map(({ runtime }) => runtime)).toEqual(['codex', 'other']);
    expect(cloud.jobs.executions()).toHaveLength(2);
    const named = two();
    await named.run(recheckFleets({ runtime: 'other', relaunch: false }, named.connect(), rechecks, at(480)));
    expect(named.jobs.executions().map(({ job }) => job)).toEqual([jobOfTenant('globex')]);
  });

  it('reconciles the other runtimes if one fails, then throws so that Pub/Sub redelivers', async () => {
    const cloud = two();
    const deps = cloud.connect('process', ({ port, method, about }) =>
      port === 'pins' && method === 'list' && about === 'codex'
        ? { kind: 'throw', error: new InjectedError('503') }
        : undefined,
    );
    await expect(cloud.run(recheckFleets({ relaunch: false }, deps, rechecks, at(480)))).rejects.toThrow(
      '1 of 2 reconciles failed',
    );
    expect(cloud.jobs.executions().map(({ job }) => job)).toEqual([jobOfTenant('globex')]);
  });

  it('does nothing for an unknown runtime', async () => {
    const cloud = two();
    const [report] = await cloud.run(
      recheckFleets({ runtime: 'unknown', relaunch: true }, cloud.connect(), rechecks, at(480)),
    );
    expect(report).toMatchObject({ tenants: 0, shouldRequeue: false });
    expect(cloud.jobs.executions()).toEqual([]);
  });
});

/** As another reconcile over the whole fleet writes it before its first launches. */
function rolledOutBy(cloud: FakeCloud, owner: string, locations = [REGION]): void {
  const rollouts = [{ owner, startedAt: cloud.now().toISOString(), locations }];
  cloud.control.put(objectNames.reconcile('codex'), formatRecord({ ...newReconcileState('codex'), rollouts }));
}

describe('recheckFleets during a rollout', () => {
  it('delegates first launches to the rollout, and makes the retries itself', async () => {
    const cloud = buildFleet(['acme', 'globex', 'initech']);
    rolledOutBy(cloud, 'fan-out');
    cloud.assign(claimedAssignment('acme', { owner: 'fan-out' }));
    cloud.assign(
      claimedAssignment('globex', { owner: 'dead', launchAttempt: 0, adoption: 'NEVER_RAN', retryAt: iso(1) }),
    );
    cloud.stage.advance(20_000);
    const request = { relaunch: false };
    const [report] = await cloud.run(recheckFleets(request, cloud.connect('recheck'), rechecks, at(480)));
    expect(report).toMatchObject({ delegated: 1, launches: { launched: 1 }, shouldRequeue: false });
    expect(cloud.jobs.executions().map(({ job }) => job)).toEqual([jobOfTenant('globex')]);
    expect(cloud.assignment('initech')).toBeUndefined();
  });

  it('launches all if the rollout is idle for too long, or the request names this fleet', async () => {
    const cloud = buildFleet(['acme', 'globex']);
    rolledOutBy(cloud, 'fan-out');
    cloud.assign(claimedAssignment('acme', { owner: 'fan-out' }));
    const asked = { runtime: 'codex', relaunch: false };
    await cloud.run(recheckFleets(asked, cloud.connect('asked'), rechecks, at(480)));
    expect(cloud.jobs.executions()).toHaveLength(1);
    const dead = buildFleet(['acme', 'globex']);
    rolledOutBy(dead, 'fan-out');
    dead.assign(adoptedAssignment('acme', { owner: 'fan-out', outcome: succeeded }));
    dead.stage.advance(91_000);
    await dead.run(recheckFleets({ relaunch: false }, dead.connect('recheck'), rechecks, at(600)));
    expect(dead.jobs.executions().map(({ job }) => job)).toEqual([jobOfTenant('globex')]);
  });
});

describe('recheckFleets with a tenant registered during a rollout', () => {
  const far = buildTenant('far', { job: 'projects/fleet/locations/us-east1/jobs/codex-far' });
  const recheck = (
    cloud: FakeCloud,
    process: string,
    request: RecheckRequest = { relaunch: false },
    faults?: FaultSwitch,
  ) =>
    cloud.run(
      recheckFleets(request, cloud.connect(process, faults), rechecks, new Date(cloud.now().getTime() + 50_000)),
    );

  it('launches the tenant beside a rollout of another location', async () => {
    const cloud = buildFleet(['acme', 'globex']);
    rolledOutBy(cloud, 'fan-out');
    cloud.register(far);
    await recheck(cloud, 'recheck');
    expect(cloud.jobs.executions().map(({ job }) => job)).toEqual([far.job]);
  });

  it('launches the tenant beside rechecks of one tenant whose location answers 429', async () => {
    const cloud = buildFleet(['acme']);
    const isFull: FaultSwitch = ({ method, about }) =>
      method === 'run' && about === jobOfTenant('acme')
        ? { kind: 'throw', error: new LaunchError('QUOTA', about, '429') }
        : undefined;
    await recheck(cloud, 'asked', { runtime: 'codex', tenants: ['acme'], relaunch: false }, isFull);
    cloud.register(far);
    const [report] = await recheck(cloud, 'recheck', { relaunch: false }, isFull);
    expect(report).toMatchObject({ delegated: 0 });
    expect(cloud.jobs.executions().map(({ job }) => job)).toEqual([far.job]);
  });

  it('launches the tenant at once if the earlier rollout has ended', async () => {
    const cloud = buildFleet(['acme']);
    await recheck(cloud, 'first');
    cloud.register(buildTenant('globex'));
    await recheck(cloud, 'second');
    expect(cloud.jobs.executions().map(({ job }) => job)).toEqual(['acme', 'globex'].map(jobOfTenant));
  });

  it('launches the tenant in one of two simultaneous rechecks, at no cost for the other', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const cloud = buildFleet(names(6), { pick: seededPick(seed) });
      const isSlow: FaultSwitch = ({ method }) => (method === 'run' ? { kind: 'slow', milliseconds: 500 } : undefined);
      const works = ['one', 'two'].map((process) =>
        recheckFleets({ relaunch: false }, cloud.connect(process, isSlow), rechecks, at(480)),
      );
      const ends = await cloud.play(...works);
      const reports = ends.flatMap((end) => (end !== 'stuck' && end.status === 'fulfilled' ? end.value : []));
      expect(cloud.jobs.executions()).toHaveLength(6);
      expect(reports.reduce((sum, { launches }) => sum + launches.conflict, 0)).toBe(0);
    }
  });
});

describe('reconcileAndRequeue with a relaunch of more tenants than an event can name', () => {
  it('requeues in several events, each tenant in one', async () => {
    const tenants = names(5_001);
    const cloud = buildFleet(tenants);
    cloud.assign(...tenants.map((tenant) => claimedAssignment(tenant, { adoption: 'REFUSED' })));
    await runPassFor(cloud, 0, { relaunch: true });
    const parts = cloud.published.map(({ data }) => (data as { tenants: string[] }).tenants);
    expect(parts.map(({ length }) => length)).toEqual([5_000, 1]);
    expect(new Set(parts.flat())).toEqual(new Set(tenants));
  });
});

describe('reconcileFleet with launches that never start', () => {
  const sick = names(12);
  const isAmbiguous: FaultSwitch = ({ method, about }) =>
    method === 'run' && sick.some((tenant) => about === jobOfTenant(tenant))
      ? { kind: 'throw', error: new LaunchError('AMBIGUOUS', about, 'an outage') }
      : undefined;

  it('launches new tenants from any process, and fails none', async () => {
    const cloud = buildFleet(sick);
    let rechecked = 0;
    const minutes = async (count: number) => {
      for (let minute = 0; minute < count; minute++) {
        const deps = cloud.connect(`process-${rechecked++ % 2}`, isAmbiguous);
        const deadline = new Date(cloud.now().getTime() + 50_000);
        await cloud.run(recheckFleets({ relaunch: false }, deps, rechecks, deadline));
        cloud.stage.advance(60_000);
      }
    };
    await minutes(3);
    cloud.register(buildTenant('newcomer'));
    await minutes(1);
    expect(cloud.jobs.executions().map(({ job }) => job)).toEqual([jobOfTenant('newcomer')]);
    for (const tenant of sick) expect(['NEVER_RAN', 'LAUNCHING']).toContain(cloud.assignment(tenant)?.adoption);
  });
});
