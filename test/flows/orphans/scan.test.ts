import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy as retry } from '#functions/core/launch/retry-policy.ts';
import { parseRecord } from '#functions/core/records/codec.ts';
import { names } from '#functions/core/records/object-names.ts';
import { type OrphanReport, orphanReportSchema } from '#functions/core/records/orphan-report.ts';
import { succeeded } from '#functions/core/values/outcome.ts';
import { recordReceipt } from '#functions/flows/adoption/record-receipt.ts';
import { scanForOrphans } from '#functions/flows/orphans/scan.ts';
import { recheckFleets } from '#functions/flows/rollout/recheck-fleets.ts';
import { reconcileFleet } from '#functions/flows/rollout/reconcile-fleet.ts';
import { readFleetStatus } from '#functions/flows/status/fleet-status.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import { type FaultSwitch, InjectedError } from '../../fakes/gate.ts';
import { runSandbox } from '../../fakes/model-sandbox.ts';
import { adoptedAssignment, claimedAssignment } from '../../fixtures/assignment.ts';
import { digestB } from '../../fixtures/digests.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildNotice } from '../../fixtures/receipt.ts';
import { buildTenant, jobOfTenant } from '../../fixtures/tenant.ts';

const EVERY = 3_600;
/** A claim and its margin: so long an execution may not be recorded yet. */
const UNDECIDED_MS = 60_000;
const NAMES = ['acme', 'globex'];

async function adoptedFleet(): Promise<FakeCloud> {
  const cloud = new FakeCloud();
  cloud.register(...NAMES.map((name) => buildTenant(name)));
  cloud.record(buildEntry(1));
  await pass(cloud);
  for (const tenant of NAMES.map((name) => buildTenant(name))) {
    for (const { name } of cloud.jobs.executions(tenant.job)) runSandbox(cloud, tenant, name);
  }
  await pass(cloud);
  await pass(cloud);
  return cloud;
}

function pass(cloud: FakeCloud) {
  const deadline = new Date(cloud.now().getTime() + 480_000);
  return cloud.run(reconcileFleet({ runtime: 'codex', relaunch: false, deadline }, cloud.connect(), retry));
}

function lookRequest(cloud: FakeCloud) {
  return { runtime: 'codex', intervalSeconds: EVERY, deadline: new Date(cloud.now().getTime() + 100_000) };
}

function look(cloud: FakeCloud, faults?: FaultSwitch) {
  return cloud.run(scanForOrphans(lookRequest(cloud), cloud.connect('recheck', faults), retry));
}

function recheck(cloud: FakeCloud, faults?: FaultSwitch) {
  const deadline = new Date(cloud.now().getTime() + 480_000);
  const policy = { retry, orphansSeconds: EVERY };
  return cloud.run(recheckFleets({ relaunch: false }, cloud.connect('recheck', faults), policy, deadline));
}

function reported(cloud: FakeCloud): OrphanReport | undefined {
  const stored = cloud.control.read(names.orphans('codex'));
  return stored && parseRecord(orphanReportSchema, stored.text, 'orphans');
}

const none = { total: 0, first: [] };

describe('scanForOrphans', () => {
  it('reports nothing for a healthy fleet', async () => {
    const cloud = await adoptedFleet();
    await recheck(cloud);
    expect(reported(cloud)).toMatchObject({ jobless: none, executions: none, unseen: none });
    expect(cloud.log.filter(({ message }) => message === 'orphans found')).toEqual([]);
  });

  it('reports and logs an adopted tenant whose job is gone', async () => {
    const cloud = await adoptedFleet();
    cloud.jobs.remove(jobOfTenant('acme'));
    await recheck(cloud);
    expect(reported(cloud)?.jobless).toEqual({ total: 1, first: ['acme'] });
    expect(cloud.log).toContainEqual(expect.objectContaining({ level: 'warn', message: 'orphans found' }));
  });

  it('does not report a tenant that is removed meanwhile', async () => {
    const cloud = await adoptedFleet();
    await look(cloud, ({ method }) => {
      if (method === 'executions') cloud.control.delete(names.tenant('codex', 'acme'));
      if (method === 'executions') cloud.jobs.remove(jobOfTenant('acme'));
      return undefined;
    });
    expect(reported(cloud)?.jobless).toEqual(none);
  });

  it('reports an execution of an unregistered tenant until it has ended', async () => {
    const cloud = await adoptedFleet();
    cloud.control.delete(names.tenant('codex', 'globex'));
    const run = cloud.jobs.run({ job: jobOfTenant('globex'), env: {} });
    await look(cloud);
    expect(reported(cloud)?.executions).toMatchObject({
      total: 1,
      first: [{ execution: run, tenant: 'globex', why: 'it runs, but globex is not registered' }],
    });
    cloud.jobs.end(run, succeeded);
    cloud.stage.advance(EVERY * 1000);
    await look(cloud);
    expect(reported(cloud)?.executions).toEqual(none);
  });

  it.each([
    ['made-up', 'no record of launch made-up'],
    ['../../guard', 'no record of launch ../../guard'],
    ['x'.repeat(300), 'its launch id has an invalid format'],
    ['\u001b[2J', 'its launch id has an invalid format'],
  ])('reports an execution with launch %.20j that no process made', async (id, why) => {
    const cloud = await adoptedFleet();
    const stray = cloud.jobs.run({ job: jobOfTenant('acme'), env: { PINCAST_LAUNCH_ID: id } });
    cloud.stage.advance(UNDECIDED_MS);
    const records: string[] = [];
    await look(cloud, ({ port, about }) => {
      if (port === 'launches') records.push(about);
      return undefined;
    });
    expect(reported(cloud)?.executions).toMatchObject({ total: 1, first: [{ execution: stray, tenant: 'acme', why }] });
    expect(records.every((name) => name.length < 250)).toBe(true);
    expect(cloud.assignment('acme')?.adoption).toBe('ADOPTED');
  });

  it('reports a second execution of a launch', async () => {
    const cloud = await adoptedFleet();
    const { launchId } = cloud.assignment('acme') ?? {};
    const second = cloud.jobs.run({ job: jobOfTenant('acme'), env: { PINCAST_LAUNCH_ID: launchId ?? '' } });
    cloud.stage.advance(UNDECIDED_MS);
    await look(cloud);
    expect(reported(cloud)?.executions.first).toMatchObject([{ execution: second }]);
  });

  it('does not report a launch before its claim has expired', async () => {
    const cloud = new FakeCloud();
    cloud.register(buildTenant('acme'));
    cloud.assign(claimedAssignment('acme'));
    const made = cloud.jobs.run({ job: jobOfTenant('acme'), env: { PINCAST_LAUNCH_ID: 'launch-1' } });
    cloud.stage.advance(UNDECIDED_MS);
    await look(cloud);
    expect(reported(cloud)?.executions).toEqual(none);
    cloud.assign(claimedAssignment('acme', { launchId: 'launch-2' }));
    cloud.stage.advance(EVERY * 1000);
    await look(cloud);
    expect(reported(cloud)?.executions.first).toMatchObject([{ execution: made }]);
  });

  it('keeps a finding for a day, also when later scans do not reach it', async () => {
    const cloud = await adoptedFleet();
    cloud.jobs.run({ job: jobOfTenant('acme'), env: { PINCAST_LAUNCH_ID: 'made-up' } });
    cloud.stage.advance(UNDECIDED_MS);
    for (let hours = 0; hours < 24; hours++) {
      await look(cloud);
      expect(reported(cloud)?.executions.total).toBe(1);
      cloud.stage.advance(EVERY * 1000);
    }
    await look(cloud);
    expect(reported(cloud)?.executions.total).toBe(0);
  });

  it('runs once per interval, in the first process', async () => {
    const cloud = await adoptedFleet();
    await look(cloud);
    const { lookedAt } = reported(cloud) ?? {};
    cloud.stage.advance(EVERY * 1000 - 10_000);
    expect(await look(cloud)).toBeUndefined();
    expect(reported(cloud)?.lookedAt).toBe(lookedAt);
    cloud.stage.advance(10_000);
    const looks = ['one', 'two'].map((process) => scanForOrphans(lookRequest(cloud), cloud.connect(process), retry));
    const ends = await cloud.play(...looks);
    expect(ends.map((end) => end !== 'stuck' && end.status === 'fulfilled' && end.value !== undefined).sort()).toEqual([
      false,
      true,
    ]);
  });

  it('reports an unavailable location, scans the others, and runs again after its interval', async () => {
    const cloud = await adoptedFleet();
    const far = buildTenant('far', { job: 'projects/gone/locations/us-east1/jobs/codex-far' });
    cloud.register(far);
    cloud.jobs.remove(far.job);
    cloud.jobs.remove(jobOfTenant('acme'));
    const faults: FaultSwitch = ({ method, about }) =>
      method === 'executions' && about.includes('gone')
        ? { kind: 'throw', error: new InjectedError('403') }
        : undefined;
    expect(await recheck(cloud, faults)).toMatchObject([{ tenants: 3 }]);
    expect(reported(cloud)).toMatchObject({
      jobless: { first: ['acme'] },
      unseen: { total: 1, first: ['projects/gone/locations/us-east1'] },
    });
    expect(await look(cloud, faults)).toBeUndefined();
  });

  it('scans the missed period once the location is available', async () => {
    const cloud = await adoptedFleet();
    await look(cloud);
    const stray = cloud.jobs.run({ job: jobOfTenant('acme'), env: { PINCAST_LAUNCH_ID: 'made-up' } });
    const blind: FaultSwitch = ({ method }) =>
      method === 'executions' ? { kind: 'throw', error: new InjectedError('503') } : undefined;
    for (let hours = 0; hours < 4; hours++) {
      cloud.stage.advance(EVERY * 1000);
      await look(cloud, blind);
    }
    cloud.stage.advance(EVERY * 1000);
    await look(cloud);
    expect(reported(cloud)?.executions.first).toMatchObject([{ execution: stray }]);
  });

  it('takes a quarter of the time, and leaves the rest to the reconcile', async () => {
    const cloud = new FakeCloud();
    cloud.register(buildTenant('acme'));
    cloud.record(buildEntry(1));
    for (let run = 0; run < 150; run++) cloud.jobs.run({ job: jobOfTenant('acme'), env: { PINCAST_LAUNCH_ID: 'x' } });
    const faults: FaultSwitch = ({ method }) =>
      method === 'executions' ? { kind: 'slow', milliseconds: 130_000 } : undefined;
    expect(await recheck(cloud, faults)).toMatchObject([{ launches: { launched: 1 } }]);
    expect(reported(cloud)?.unseen.total).toBe(1);
  });

  it('writes no report after a failure, and the reconcile runs all the same', async () => {
    const cloud = new FakeCloud();
    cloud.register(buildTenant('acme'));
    cloud.record(buildEntry(1));
    const faults: FaultSwitch = ({ port, method }) =>
      port === 'orphans' && method === 'write' ? { kind: 'throw', error: new InjectedError('503') } : undefined;
    expect(await recheck(cloud, faults)).toMatchObject([{ launches: { launched: 1 } }]);
    expect(reported(cloud)).toBeUndefined();
  });

  it('leaves records that it could not read in time to a later scan', async () => {
    const cloud = await adoptedFleet();
    const strays = ['made-up-1', 'made-up-2'].map((id) =>
      cloud.jobs.run({ job: jobOfTenant('acme'), env: { PINCAST_LAUNCH_ID: id } }),
    );
    const blind: FaultSwitch = ({ port, about }) =>
      port === 'launches' && about.includes('made-up-1')
        ? { kind: 'throw', error: new InjectedError('503') }
        : undefined;
    for (let hours = 0; hours < 4; hours++) {
      cloud.stage.advance(EVERY * 1000);
      await look(cloud, blind);
    }
    expect(reported(cloud)?.executions.first.map(({ execution }) => execution)).toEqual([strays[1]]);
    cloud.stage.advance(EVERY * 1000);
    await look(cloud);
    expect(new Set(reported(cloud)?.executions.first.map(({ execution }) => execution))).toEqual(new Set(strays));
  });

  it('reaches no further back in one location if another is unavailable', async () => {
    const cloud = await adoptedFleet();
    cloud.register(buildTenant('far', { job: 'projects/gone/locations/us-east1/jobs/codex-far' }));
    const faults: FaultSwitch = ({ method, about }) =>
      method === 'executions' && about.includes('gone')
        ? { kind: 'throw', error: new InjectedError('403') }
        : undefined;
    for (let hours = 0; hours < 5; hours++) {
      await look(cloud, faults);
      cloud.stage.advance(EVERY * 1000);
    }
    const { undecidedSince = {}, lookedAt = '' } = reported(cloud) ?? {};
    const hoursBack = Object.entries(undecidedSince).map(([place, since]) => [
      place,
      Math.round((Date.parse(lookedAt) - Date.parse(since)) / 3_600_000),
    ]);
    expect(Object.fromEntries(hoursBack)).toEqual({
      'projects/fleet/locations/europe-west1': 1,
      'projects/gone/locations/us-east1': 24,
    });
  });

  it('replaces an unreadable report', async () => {
    const cloud = await adoptedFleet();
    cloud.control.put(names.orphans('codex'), '{"formatVersion":9}');
    expect((await cloud.run(readFleetStatus('codex', cloud.connect())))?.orphans).toBeNull();
    await look(cloud);
    expect(reported(cloud)).toMatchObject({ jobless: none });
  });

  it('does not report a launch that only its receipt recorded', async () => {
    const cloud = new FakeCloud();
    cloud.register(buildTenant('acme'));
    cloud.record(buildEntry(1));
    cloud.assign(claimedAssignment('acme'));
    cloud.stage.advance(1_000);
    const run = cloud.jobs.run({ job: jobOfTenant('acme'), env: { PINCAST_LAUNCH_ID: 'launch-1' } });
    for (const object of runSandbox(cloud, buildTenant('acme'), run)) {
      await cloud.run(recordReceipt(buildNotice(object), cloud.connect(), retry));
    }
    expect(cloud.launches()).toMatchObject([{ launchId: 'launch-1', execution: run }]);
    cloud.assign(claimedAssignment('acme', { launchId: 'launch-2', revision: 2 }));
    cloud.stage.advance(UNDECIDED_MS);
    await look(cloud);
    expect(reported(cloud)?.executions).toEqual(none);
  });
});

describe('scanForOrphans with a console run whose receipt no notification brought', () => {
  it('records the adoption before the tenant is launched again', async () => {
    const cloud = new FakeCloud();
    cloud.register(buildTenant('acme'));
    cloud.record(buildEntry(1));
    cloud.assign(claimedAssignment('acme', { adoption: 'NEVER_RAN' }));
    cloud.stage.advance(1_000);
    const run = cloud.jobs.run({ job: jobOfTenant('acme'), env: {} });
    runSandbox(cloud, buildTenant('acme'), run);
    await recheck(cloud);
    expect(cloud.assignment('acme')).toMatchObject({
      adoption: 'ADOPTED',
      proof: { execution: run },
      outcome: { state: 'SUCCEEDED' },
    });
    expect(cloud.jobs.executions()).toHaveLength(1);
  });

  it('reads no console run of an adopted tenant', async () => {
    const cloud = await adoptedFleet();
    cloud.stage.advance(1_000);
    runSandbox(cloud, buildTenant('acme'), cloud.jobs.run({ job: jobOfTenant('acme'), env: {} }));
    const read: string[] = [];
    await look(cloud, ({ port, about }) => {
      if (port === 'receipts') read.push(about);
      return undefined;
    });
    expect(read).toEqual([]);
  });

  it('ignores a console run that is older than the assignment', async () => {
    const cloud = new FakeCloud();
    cloud.register(buildTenant('acme'));
    const run = cloud.jobs.run({ job: jobOfTenant('acme'), env: {} });
    cloud.assign(adoptedAssignment('acme', { adoption: 'REFUSED', proof: null, execution: null, outcome: null }));
    runSandbox(cloud, buildTenant('acme'), run);
    await look(cloud);
    expect(cloud.assignment('acme')?.adoption).toBe('REFUSED');
  });

  it('keeps an operator’s relaunch despite the console run’s refusal', async () => {
    const cloud = new FakeCloud();
    cloud.register(buildTenant('acme'));
    cloud.assign(claimedAssignment('acme', { adoption: 'NEVER_RAN' }));
    cloud.stage.advance(1_000);
    const run = cloud.jobs.run({ job: jobOfTenant('acme'), env: {} });
    const [refused = ''] = runSandbox(cloud, buildTenant('acme'), run, { digest: digestB });
    await cloud.run(recordReceipt(buildNotice(refused), cloud.connect(), retry));
    expect(cloud.assignment('acme')?.adoption).toBe('REFUSED');
    const relaunched = claimedAssignment('acme', { launchId: 'launch-2', updatedAt: cloud.now().toISOString() });
    for (const adoption of ['LAUNCHING', 'NEVER_RAN'] as const) {
      cloud.assign({ ...relaunched, adoption });
      await look(cloud);
      expect(cloud.assignment('acme')?.adoption).toBe(adoption);
      cloud.stage.advance(EVERY * 1000);
    }
    for (const adoption of ['LAUNCHING', 'NEVER_RAN'] as const) {
      cloud.assign({ ...relaunched, adoption });
      expect(await cloud.run(recordReceipt(buildNotice(refused), cloud.connect(), retry))).toBe('ignored');
      expect(cloud.assignment('acme')?.adoption).toBe(adoption);
    }
  });
});
