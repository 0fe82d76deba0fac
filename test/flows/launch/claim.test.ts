import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy as policy } from '#functions/core/launch/retry-policy.ts';
import type { ReconcileResult } from '#functions/core/rollout/result.ts';
import { succeeded } from '#functions/core/values/outcome.ts';
import { reconcileFleet } from '#functions/flows/rollout/reconcile-fleet.ts';
import { LaunchError } from '#functions/ports/launcher.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import { type Fault, type FaultSwitch, InjectedError, type PortCall } from '../../fakes/gate.ts';
import { runSandbox } from '../../fakes/model-sandbox.ts';
import { seededPick } from '../../fakes/seeded-pick.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildTenant, jobOfTenant } from '../../fixtures/tenant.ts';

const NAMES = ['acme', 'globex', 'initech'];

function buildFleet(seed?: number): FakeCloud {
  const cloud = new FakeCloud(seed === undefined ? {} : { pick: seededPick(seed) });
  cloud.register(...NAMES.map((name) => buildTenant(name)));
  cloud.record(buildEntry(1));
  return cloud;
}

function pass(cloud: FakeCloud, process: string, faults?: FaultSwitch): Promise<ReconcileResult> {
  const deadline = new Date(cloud.now().getTime() + 480_000);
  return reconcileFleet({ runtime: 'codex', relaunch: false, deadline }, cloud.connect(process, faults), policy);
}

/** What may run is what carries the launch id of its assignment: of each tenant at most one execution does. */
function expectNoTwins(cloud: FakeCloud): void {
  for (const tenant of NAMES) {
    const launchId = cloud.assignment(tenant)?.launchId ?? null;
    const entitled = cloud.jobs.executions(jobOfTenant(tenant)).filter((execution) => execution.launchId === launchId);
    expect(entitled.length).toBeLessThanOrEqual(1);
  }
}

describe('reconcileFleet in several processes', () => {
  it.each([2, 3])('launches every tenant exactly once in %d processes, for every order of calls', async (passes) => {
    for (let seed = 0; seed < 120; seed++) {
      const cloud = buildFleet(seed);
      const ends = await cloud.play(...Array.from({ length: passes }, (_, index) => pass(cloud, `pass-${index}`)));
      const reports = ends.flatMap((end) => (end !== 'stuck' && end.status === 'fulfilled' ? [end.value] : []));
      expect(reports).toHaveLength(passes);
      expect(reports.reduce((sum, { launches }) => sum + launches.launched, 0)).toBe(NAMES.length);
      expect(
        cloud.jobs
          .executions()
          .map(({ job }) => job)
          .sort(),
      ).toEqual(NAMES.map(jobOfTenant));
      expect(cloud.launches()).toHaveLength(NAMES.length);
      expectNoTwins(cloud);
    }
  });

  it('keeps the other process’s launches, for every order of calls', async () => {
    for (let seed = 0; seed < 60; seed++) {
      const cloud = buildFleet(seed);
      await cloud.run(pass(cloud, 'first'));
      for (const { name, job } of cloud.jobs.executions()) {
        runSandbox(cloud, buildTenant(NAMES.find((tenant) => jobOfTenant(tenant) === job)), name);
      }
      cloud.record(buildEntry(2, { environmentTarUrl: 'gs://acme-environments/codex/2.tar' }));
      await cloud.play(pass(cloud, 'second'), pass(cloud, 'third'));
      for (const tenant of NAMES) {
        expect(cloud.assignment(tenant)).toMatchObject({ revision: 2, adoption: 'LAUNCHING', proof: { revision: 1 } });
        expect(cloud.jobs.executions(jobOfTenant(tenant))).toHaveLength(2);
      }
      expectNoTwins(cloud);
    }
  });
});

type Strike = (call: PortCall) => Fault;

const strikes: [string, Strike][] = [
  ['is refused', ({ about, method }) => ({ kind: 'throw', error: errorOf(method, about) })],
  ['loses its answer', ({ about, method }) => ({ kind: 'lost', error: errorOf(method, about) })],
  ['is the last of a process that dies before it', () => ({ kind: 'die' })],
  ['is the last of a process that dies after it', () => ({ kind: 'die-after' })],
];

function errorOf(method: string, about: string): Error {
  return method === 'run' ? new LaunchError('AMBIGUOUS', about, 'who knows') : new InjectedError('503');
}

/** Passes, long enough apart, as Cloud Scheduler starts them; executions run meanwhile. */
async function settle(cloud: FakeCloud): Promise<void> {
  for (let round = 0; round < 12; round++) {
    await cloud.run(pass(cloud, `recheck-${round}`));
    expectNoTwins(cloud);
    for (const { name, job, outcome } of cloud.jobs.executions()) {
      const tenant = buildTenant(NAMES.find((known) => jobOfTenant(known) === job));
      if (outcome.state === 'RUNNING') runSandbox(cloud, tenant, name);
    }
    cloud.stage.advance(45_000);
  }
}

describe('reconcileFleet with a fault', () => {
  it.each(strikes)('loses nothing and runs one workload per tenant if one call %s', async (_, strike) => {
    for (let nth = 1; ; nth++) {
      const cloud = buildFleet();
      let struck = false;
      const faults: FaultSwitch = (call) => {
        if (call.nth !== nth) return undefined;
        struck = true;
        return strike(call);
      };
      await cloud.play(pass(cloud, 'first', faults));
      expectNoTwins(cloud);
      await settle(cloud);
      for (const tenant of NAMES) {
        expect(cloud.assignment(tenant)).toMatchObject({ adoption: 'ADOPTED', outcome: succeeded });
        const ran = cloud.jobs.executions(jobOfTenant(tenant)).filter(({ outcome }) => outcome.state === 'SUCCEEDED');
        expect(ran).toHaveLength(1);
      }
      if (!struck) break;
      expect(nth).toBeLessThan(100);
    }
  });

  it('runs one workload per tenant with random faults in two processes', async () => {
    for (let seed = 0; seed < 100; seed++) {
      const pick = seededPick(seed);
      const cloud = buildFleet(seed);
      const faults: FaultSwitch = (call) => (pick(12) === 0 ? strikes[pick(4)]?.[1](call) : undefined);
      await cloud.play(pass(cloud, 'first', faults), pass(cloud, 'second', faults));
      expectNoTwins(cloud);
      await settle(cloud);
      for (const tenant of NAMES) {
        expect(cloud.assignment(tenant)).toMatchObject({ adoption: 'ADOPTED', outcome: succeeded });
        const ran = cloud.jobs.executions(jobOfTenant(tenant)).filter(({ outcome }) => outcome.state === 'SUCCEEDED');
        expect(ran).toHaveLength(1);
      }
    }
  });
});
