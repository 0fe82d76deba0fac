import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy } from '#functions/core/launch/retry-policy.ts';
import type { Assignment } from '#functions/core/records/assignment.ts';
import { openGuard } from '#functions/core/records/guard.ts';
import { defaultRolloutPolicy } from '#functions/core/records/rollout-policy.ts';
import type { ReconcileResult } from '#functions/core/rollout/result.ts';
import { executionId } from '#functions/core/values/execution.ts';
import { cancelled, failed, running, succeeded } from '#functions/core/values/outcome.ts';
import { type ReconcileRequest, reconcileFleet } from '#functions/flows/rollout/reconcile-fleet.ts';
import { LaunchError } from '#functions/ports/launcher.ts';
import { FakeCloud, type FakeCloudOptions, type FakeProcess } from '../../fakes/fake-cloud.ts';
import { type FaultSwitch, InjectedError } from '../../fakes/gate.ts';
import { runSandbox } from '../../fakes/model-sandbox.ts';
import { adoptedAssignment, buildProof, claimedAssignment } from '../../fixtures/assignment.ts';
import { digestB } from '../../fixtures/digests.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildExecution } from '../../fixtures/execution.ts';
import { buildStoredReceipt } from '../../fixtures/receipt.ts';
import { buildTenant, jobOfTenant } from '../../fixtures/tenant.ts';
import { at, iso } from '../../fixtures/times.ts';

const policy = defaultRetryPolicy;
const NAMES = ['acme', 'globex', 'initech'];

function buildFleet(names: readonly string[] = NAMES, options: FakeCloudOptions = {}): FakeCloud {
  const cloud = new FakeCloud(options);
  cloud.register(...names.map((name) => buildTenant(name)));
  cloud.record(buildEntry(1));
  return cloud;
}

function pass(cloud: FakeCloud, deps: FakeProcess, request: Partial<ReconcileRequest> = {}): Promise<ReconcileResult> {
  const deadline = new Date(cloud.now().getTime() + 480_000);
  return reconcileFleet({ runtime: 'codex', relaunch: false, deadline, ...request }, deps, policy);
}

function runOnePass(
  cloud: FakeCloud,
  request: Partial<ReconcileRequest> = {},
  faults?: FaultSwitch,
): Promise<ReconcileResult> {
  return cloud.run(pass(cloud, cloud.connect('process', faults), request));
}

const launchesOf = (cloud: FakeCloud, tenant: string) => cloud.jobs.executions(jobOfTenant(tenant));
const failing =
  (code: LaunchError['code'], tenant = 'acme'): FaultSwitch =>
  ({ port, method, about }) =>
    port === 'launcher' && method === 'run' && about === jobOfTenant(tenant)
      ? { kind: 'throw', error: new LaunchError(code, about, `refused: ${code}`) }
      : undefined;

/** The execution of each tenant does what its sandbox would do. */
function runSandboxes(cloud: FakeCloud): void {
  for (const { name, job, outcome } of cloud.jobs.executions()) {
    const tenant = NAMES.find((known) => jobOfTenant(known) === job);
    if (tenant !== undefined && outcome.state === 'RUNNING') runSandbox(cloud, buildTenant(tenant), name);
  }
}

describe('reconcileFleet', () => {
  it('logs the status of the fleet unless a receipt prompted it', async () => {
    const reports = async (request: Partial<ReconcileRequest>) => {
      const cloud = buildFleet();
      await runOnePass(cloud, request);
      return cloud.log.filter(({ message }) => message === 'fleet status').length;
    };
    expect(await reports({})).toBe(1);
    expect(await reports({ isPrompted: true, isRoutine: true })).toBe(0);
  });

  it('claims, launches and records every tenant once', async () => {
    const cloud = buildFleet();
    const report = await runOnePass(cloud);
    expect(report).toMatchObject({ tenants: 3, launches: { launched: 3 }, shouldRequeue: false, unconfirmed: [] });
    for (const tenant of NAMES) {
      const [execution, ...more] = launchesOf(cloud, tenant);
      expect(more).toEqual([]);
      const assignment = cloud.assignment(tenant);
      expect(assignment).toMatchObject({ revision: 1, adoption: 'LAUNCHING', launchAttempt: 1, owner: 'process' });
      expect(execution).toMatchObject({ launchId: assignment?.launchId, revision: 1 });
      expect(cloud.launches()).toContainEqual(
        expect.objectContaining({ tenant, launchId: assignment?.launchId, execution: execution?.name }),
      );
    }
  });

  it('finds verdicts without notifications, and is idle afterwards', async () => {
    const cloud = buildFleet();
    await runOnePass(cloud);
    runSandboxes(cloud);
    expect(await runOnePass(cloud)).toMatchObject({ recorded: 3, launches: { launched: 0 } });
    for (const tenant of NAMES) {
      expect(cloud.assignment(tenant)).toMatchObject({ adoption: 'ADOPTED', proof: { revision: 1 } });
    }
    await runOnePass(cloud);
    expect(NAMES.map((tenant) => cloud.assignment(tenant)?.outcome)).toEqual(NAMES.map(() => succeeded));
    const calls: string[] = [];
    const settled = await runOnePass(cloud, {}, ({ port, method }) => {
      calls.push(`${port}.${method}`);
      return undefined;
    });
    expect(settled).toMatchObject({ recorded: 0, launches: { launched: 0 }, shouldRequeue: false });
    expect(calls.sort()).toEqual([
      'assignments.list',
      'fleet.guard',
      'fleet.holds',
      'fleet.isFrozen',
      'fleet.tenants',
      'pins.list',
      'reconciles.read',
    ]);
  });

  it('makes three calls per launched tenant, and a constant number per fleet', async () => {
    const tenants = Array.from({ length: 150 }, (_, index) => `tenant-${index}`);
    const cloud = buildFleet(tenants);
    let calls = 0;
    const report = await runOnePass(cloud, {}, () => {
      calls++;
      return undefined;
    });
    expect(report.launches.launched).toBe(150);
    expect(calls).toBeLessThanOrEqual(3 * 150 + 30);
  });

  it('launches in verify mode if the promotion says so', async () => {
    const cloud = buildFleet(['acme']);
    cloud.record(
      buildEntry(2, { rollout: { ...defaultRolloutPolicy, launch: 'verify' }, environmentTarDigest: digestB }),
    );
    const env: Record<string, string>[] = [];
    const deps = cloud.connect();
    const launcher = {
      ...deps.launcher,
      run: (launch: { job: string; env: Record<string, string> }) => {
        env.push(launch.env);
        return deps.launcher.run(launch);
      },
    };
    await cloud.run(pass(cloud, { ...deps, launcher }));
    expect(env).toEqual([
      {
        PINCAST_LAUNCH_ID: cloud.assignment('acme')?.launchId,
        PINCAST_REVISION: '2',
        PINCAST_LAUNCH: 'verify',
        ENVIRONMENT_TAR_DIGEST: digestB,
      },
    ]);
  });

  it('launches neither held tenants nor a frozen runtime', async () => {
    const cloud = buildFleet();
    cloud.hold('codex', 'acme');
    await runOnePass(cloud);
    expect(cloud.assignment('acme')).toBeUndefined();
    expect(launchesOf(cloud, 'globex')).toHaveLength(1);
    for (const name of ['codex', 'all']) {
      const frozen = buildFleet();
      frozen.freeze(name);
      expect(await runOnePass(frozen)).toMatchObject({ recorded: 3, launches: { launched: 0 } });
      expect(frozen.jobs.executions()).toEqual([]);
    }
  });

  it('keeps every assignment and launches none if the digest is revoked', async () => {
    const cloud = buildFleet();
    cloud.record(buildEntry(2, { environmentTarDigest: digestB }));
    const before = NAMES.map((tenant) => adoptedAssignment(tenant, { outcome: succeeded }));
    cloud.assign(...before);
    cloud.setGuard({ ...openGuard, revokedDigests: [digestB] });
    expect(await runOnePass(cloud)).toMatchObject({ blocked: 3, launches: { launched: 0 }, shouldRequeue: false });
    expect(NAMES.map((tenant) => cloud.assignment(tenant))).toEqual(before);
    expect(cloud.jobs.executions()).toEqual([]);
  });

  it('launches no further tenant of a revision past its maxFailures', async () => {
    const cloud = buildFleet();
    cloud.assign(claimedAssignment('acme', { adoption: 'REFUSED' }));
    expect(await runOnePass(cloud)).toMatchObject({ blocked: 2, launches: { launched: 0 }, shouldRequeue: false });
    expect(cloud.jobs.executions()).toEqual([]);
    expect(cloud.assignments.list('codex/')).toHaveLength(1);
  });

  it('touches only the tenants that the request names', async () => {
    const cloud = buildFleet();
    expect(await runOnePass(cloud, { tenants: ['globex', 'stranger'] })).toMatchObject({ tenants: 1 });
    expect(cloud.jobs.executions().map(({ job }) => job)).toEqual([jobOfTenant('globex')]);
    expect(cloud.assignment('acme')).toBeUndefined();
  });

  it('relaunches failed tenants only on request, and adopted ones never', async () => {
    const cloud = buildFleet();
    cloud.assign(
      claimedAssignment('acme', { adoption: 'REFUSED', launchAttempt: 1 }),
      claimedAssignment('globex', { adoption: 'FAILED', launchAttempt: 5 }),
      adoptedAssignment('initech', { outcome: succeeded }),
    );
    expect((await runOnePass(cloud)).launches.launched).toBe(0);
    expect((await runOnePass(cloud, { relaunch: true, tenants: ['acme'] })).launches.launched).toBe(1);
    expect((await runOnePass(cloud, { relaunch: true })).launches.launched).toBe(1);
    expect(cloud.jobs.executions().map(({ job }) => job)).toEqual(['acme', 'globex'].map(jobOfTenant));
  });

  it('leaves a tenant without evidence to the next reconcile, and serves the others', async () => {
    const cloud = buildFleet();
    await runOnePass(cloud);
    runSandboxes(cloud);
    const report = await runOnePass(cloud, {}, ({ port, method, about }) =>
      method === 'executions' || (port === 'launcher' && about.includes('codex-acme-'))
        ? { kind: 'throw', error: new InjectedError('not now') }
        : undefined,
    );
    expect(report.recorded).toBe(2);
    expect(NAMES.map((tenant) => cloud.assignment(tenant)?.adoption)).toEqual(['LAUNCHING', 'ADOPTED', 'ADOPTED']);
  });

  it('writes all other verdicts if one write fails', async () => {
    const cloud = buildFleet();
    await runOnePass(cloud);
    runSandboxes(cloud);
    const report = await runOnePass(cloud, {}, ({ method, about }) =>
      method === 'write' && about === 'codex/acme.json'
        ? { kind: 'throw', error: new InjectedError('503') }
        : undefined,
    );
    expect(report).toMatchObject({ recorded: 2, failed: 1 });
    expect(cloud.assignment('acme')?.adoption).toBe('LAUNCHING');
    await runOnePass(cloud);
    expect(cloud.assignment('acme')?.adoption).toBe('ADOPTED');
  });

  it('ignores and logs a receipt that an older workload forged', async () => {
    const cloud = buildFleet(['acme']);
    await runOnePass(cloud);
    const name = launchesOf(cloud, 'acme')[0]?.name ?? '';
    cloud.jobs.end(name, succeeded);
    const forged = buildStoredReceipt({ execution: executionId(name), digest: digestB });
    cloud.file(forged);
    await runOnePass(cloud);
    expect(cloud.assignment('acme')?.adoption).toBe('UNPROVEN');
    expect(cloud.log).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: 'receipt ignored',
        fields: expect.objectContaining({ object: forged.object }),
      }),
    );
  });
});

describe('reconcileFleet, for one launch,', () => {
  it('counts a refused call as an attempt, and retries after backoff until maxAttempts', async () => {
    const cloud = buildFleet(['acme', 'globex']);
    const seen: Partial<Assignment>[] = [];
    for (let round = 0; round < 7; round++) {
      await runOnePass(cloud, {}, failing('REJECTED'));
      const { adoption, launchAttempt, reason } = cloud.assignment('acme') ?? {};
      seen.push({ adoption, launchAttempt, reason } as Partial<Assignment>);
      cloud.stage.advance(700_000);
    }
    expect(seen.map(({ launchAttempt }) => launchAttempt)).toEqual([1, 2, 3, 4, 5, 5, 5]);
    expect(seen.map(({ adoption }) => adoption)).toEqual([...Array(4).fill('NEVER_RAN'), ...Array(3).fill('FAILED')]);
    expect(seen[6]?.reason).toEqual({ code: 'LAUNCH_REJECTED', message: 'refused: REJECTED' });
    expect(launchesOf(cloud, 'acme')).toEqual([]);
    expect(launchesOf(cloud, 'globex')).toHaveLength(1);
  });

  it('counts no attempt for calls that IAM denies, and lengthens each backoff', async () => {
    const cloud = buildFleet(['acme']);
    const pauses: number[] = [];
    for (let round = 0; round < 8; round++) {
      const report = await runOnePass(cloud, {}, failing('DENIED'));
      expect(report).toMatchObject({ launches: { rejected: 1 }, shouldRequeue: false });
      const { adoption, launchAttempt, retryAt, reason } = cloud.assignment('acme') ?? {};
      expect({ adoption, launchAttempt, code: reason?.code }).toEqual({
        adoption: 'NEVER_RAN',
        launchAttempt: 0,
        code: 'LAUNCH_DENIED',
      });
      pauses.push((Date.parse(retryAt ?? '') - cloud.now().getTime()) / 1000);
      cloud.stage.advance(601_000);
    }
    expect(pauses).toEqual([10, 20, 40, 80, 160, 320, 600, 600]);
    await runOnePass(cloud);
    expect(launchesOf(cloud, 'acme')).toHaveLength(1);
  });

  it('rejects the launch of a deleted job, and launches the other tenants', async () => {
    const cloud = buildFleet();
    cloud.jobs.remove(jobOfTenant('globex'));
    expect(await runOnePass(cloud)).toMatchObject({ launches: { launched: 2, rejected: 1 } });
    expect(cloud.assignment('globex')).toMatchObject({ adoption: 'NEVER_RAN', reason: { code: 'LAUNCH_REJECTED' } });
  });

  it('releases the claim of a call that quota refused, and retries under a new launch id', async () => {
    const cloud = buildFleet(['acme']);
    let calls = 0;
    const refuseThree: FaultSwitch = (call) =>
      call.method === 'run' && ++calls <= 3 ? failing('QUOTA')(call) : undefined;
    const report = await runOnePass(cloud, {}, refuseThree);
    expect(report.launches).toMatchObject({ launched: 1, pending: 0 });
    expect(cloud.now()).toEqual(at(10 + 20 + 40));
    expect(cloud.assignment('acme')).toMatchObject({ adoption: 'LAUNCHING', launchAttempt: 1 });
    expect(launchesOf(cloud, 'acme').map(({ launchId }) => launchId)).toEqual([cloud.assignment('acme')?.launchId]);
  });

  it('counts no attempt if quota refuses until the deadline, and launches later', async () => {
    const cloud = buildFleet(['acme', 'globex']);
    const report = await runOnePass(cloud, {}, failing('QUOTA'));
    expect(report).toMatchObject({ launches: { launched: 1, pending: 1 }, shouldRequeue: true, unconfirmed: ['acme'] });
    const refused = cloud.assignment('acme');
    expect(refused).toMatchObject({ adoption: 'NEVER_RAN', launchAttempt: 0, reason: { code: 'LAUNCH_QUOTA' } });
    const retryAt = Date.parse(refused?.retryAt ?? '');
    expect(retryAt).toBeGreaterThan(cloud.now().getTime());
    cloud.stage.advance(retryAt - cloud.now().getTime());
    expect(await runOnePass(cloud)).toMatchObject({ launches: { launched: 1 }, shouldRequeue: false });
    expect(launchesOf(cloud, 'acme')).toHaveLength(1);
  });

  it('never calls jobs.run after the claim expired, however slow its write was', async () => {
    const cloud = buildFleet(['acme']);
    const report = await runOnePass(cloud, {}, ({ port, method }) =>
      port === 'assignments' && method === 'write' ? { kind: 'slow', milliseconds: 31_000 } : undefined,
    );
    expect(cloud.jobs.executions()).toEqual([]);
    expect(report).toMatchObject({ launches: { pending: 1 }, shouldRequeue: true });
    expect(cloud.assignment('acme')).toMatchObject({ adoption: 'NEVER_RAN', launchAttempt: 0, retryAt: null });
  });

  it('keeps the claim of a call without answer until it expires, then finds its execution', async () => {
    const cloud = buildFleet(['acme']);
    const report = await runOnePass(cloud, {}, ({ method, about }) =>
      method === 'run' ? { kind: 'lost', error: new LaunchError('AMBIGUOUS', about, 'deadline exceeded') } : undefined,
    );
    expect(report).toMatchObject({ launches: { ambiguous: 1 }, shouldRequeue: false });
    const claimed = cloud.assignment('acme');
    expect(claimed?.adoption).toBe('LAUNCHING');
    await runOnePass(cloud);
    cloud.stage.advance(59_000);
    await runOnePass(cloud);
    expect(cloud.assignment('acme')).toEqual(claimed);
    expect(cloud.launches()).toEqual([]);
    cloud.stage.advance(1_000);
    await runOnePass(cloud);
    expect(cloud.launches()).toMatchObject([
      { launchId: claimed?.launchId, execution: launchesOf(cloud, 'acme')[0]?.name },
    ]);
    expect(launchesOf(cloud, 'acme')).toHaveLength(1);
  });

  it('finds the execution of an unanswered call after Cloud Run was unreadable for an hour', async () => {
    const cloud = buildFleet(['acme']);
    await runOnePass(cloud, {}, ({ method, about }) =>
      method === 'run' ? { kind: 'lost', error: new LaunchError('AMBIGUOUS', about, 'deadline exceeded') } : undefined,
    );
    const outage: FaultSwitch = ({ port, about }) =>
      port === 'launcher' ? { kind: 'throw', error: new InjectedError(`503 ${about}`) } : undefined;
    cloud.stage.advance(3_600_000);
    await runOnePass(cloud, {}, outage);
    expect(cloud.assignment('acme')?.reason?.code).toBe('EVIDENCE_UNAVAILABLE');
    await runOnePass(cloud);
    cloud.stage.advance(600_000);
    await runOnePass(cloud);
    expect(launchesOf(cloud, 'acme')).toHaveLength(1);
    expect(cloud.assignment('acme')).toMatchObject({ adoption: 'RUNNING', reason: null });
  });

  it('launches again under a new id if no execution is found after the claim expired', async () => {
    const cloud = buildFleet(['acme']);
    await runOnePass(cloud, {}, failing('AMBIGUOUS'));
    const first = cloud.assignment('acme');
    cloud.stage.advance(60_000);
    await runOnePass(cloud);
    expect(cloud.assignment('acme')).toMatchObject({ adoption: 'NEVER_RAN', reason: { code: 'NEVER_LAUNCHED' } });
    cloud.stage.advance(10_000);
    await runOnePass(cloud);
    const second = cloud.assignment('acme');
    expect(second).toMatchObject({ adoption: 'LAUNCHING', launchAttempt: 1 });
    expect(second?.launchId).not.toBe(first?.launchId);
    expect(launchesOf(cloud, 'acme').map(({ launchId }) => launchId)).toEqual([second?.launchId]);
  });

  it('supersedes a call that reaches Cloud Run after its claim expired', async () => {
    const cloud = buildFleet(['acme']);
    await runOnePass(cloud, {}, failing('AMBIGUOUS'));
    const launchId = cloud.assignment('acme')?.launchId ?? '';
    cloud.stage.advance(60_000);
    await runOnePass(cloud);
    const late = cloud.jobs.run({
      job: jobOfTenant('acme'),
      env: { PINCAST_LAUNCH_ID: launchId, PINCAST_REVISION: '1' },
    });
    expect(runSandbox(cloud, buildTenant('acme'), late)).toEqual([expect.stringContaining('superseded')]);
    cloud.stage.advance(10_000);
    await runOnePass(cloud);
    const launched = launchesOf(cloud, 'acme').filter(({ name }) => name !== late);
    expect(launched).toHaveLength(1);
    expect(launched[0]?.launchId).toBe(cloud.assignment('acme')?.launchId);
  });

  it('launches again if the execution was killed before it adopted', async () => {
    const cloud = buildFleet(['acme']);
    await runOnePass(cloud);
    cloud.jobs.end(launchesOf(cloud, 'acme')[0]?.name ?? '', failed(null, 'SIGKILL'));
    await runOnePass(cloud);
    expect(cloud.assignment('acme')).toMatchObject({ adoption: 'NEVER_RAN', reason: { code: 'EXECUTION_FAILED' } });
    cloud.stage.advance(10_000);
    await runOnePass(cloud);
    expect(launchesOf(cloud, 'acme')).toHaveLength(2);
    runSandboxes(cloud);
    await runOnePass(cloud);
    expect(cloud.assignment('acme')).toMatchObject({ adoption: 'ADOPTED', launchAttempt: 2 });
  });

  it('records UNPROVEN if Cloud Run deleted the execution; ADOPTED stays ADOPTED', async () => {
    const cloud = buildFleet(['acme', 'globex']);
    await runOnePass(cloud);
    runSandbox(cloud, buildTenant('globex'), launchesOf(cloud, 'globex')[0]?.name ?? '');
    for (const { name } of cloud.jobs.executions()) cloud.jobs.forget(name);
    await runOnePass(cloud);
    expect(cloud.assignment('acme')?.adoption).toBe('LAUNCHING');
    cloud.stage.advance(60_000);
    await runOnePass(cloud);
    expect(cloud.assignment('acme')).toMatchObject({ adoption: 'UNPROVEN', reason: { code: 'EXECUTION_FORGOTTEN' } });
    expect(cloud.assignment('globex')).toMatchObject({ adoption: 'ADOPTED', outcome: null });
  });

  it('keeps ADOPTED and reads no more evidence if Cloud Run deleted the ended execution', async () => {
    const cloud = buildFleet(['acme', 'globex']);
    cloud.assign(
      adoptedAssignment('acme'),
      adoptedAssignment('globex', { launchId: null, owner: null, notAfter: null }),
    );
    cloud.stage.advance(29_000);
    await runOnePass(cloud);
    expect(cloud.assignment('globex')?.outcome).toEqual(running);
    cloud.stage.advance(1_000);
    await runOnePass(cloud);
    for (const tenant of ['acme', 'globex']) {
      expect(cloud.assignment(tenant)).toMatchObject({ adoption: 'ADOPTED', outcome: null, proof: { revision: 1 } });
    }
    const asked: string[] = [];
    await runOnePass(cloud, {}, ({ port, about }) => {
      if (port === 'launcher' || port === 'receipts') asked.push(about);
      return undefined;
    });
    expect(asked).toEqual([]);
  });

  it.each([
    ['a launch', 'launch-1'],
    ['a console run', null],
  ])(
    'records an unknown end for a deleted execution, whatever its finished receipt claims: %s',
    async (_, launchId) => {
      const cloud = buildFleet(['acme']);
      cloud.assign(adoptedAssignment('acme', { launchId, notAfter: null }));
      cloud.file(buildStoredReceipt({ kind: 'finished', launchId, exitCode: 0 }));
      cloud.stage.advance(100_000);
      await runOnePass(cloud);
      expect(cloud.assignment('acme')).toMatchObject({ adoption: 'ADOPTED', outcome: null });
    },
  );

  it('records why the workload failed, from the finished receipt or else the exit code', async () => {
    const cloud = buildFleet(['acme', 'globex']);
    for (const tenant of ['acme', 'globex']) {
      cloud.assign(adoptedAssignment(tenant));
      cloud.jobs.seed(buildExecution(tenant, { outcome: failed(127, null) }));
    }
    cloud.file(buildStoredReceipt({ kind: 'finished', code: 'COMMAND_NOT_FOUND', message: 'no greet', exitCode: 127 }));
    await runOnePass(cloud);
    expect(cloud.assignment('acme')).toMatchObject({
      outcome: failed(127, null),
      reason: { code: 'COMMAND_NOT_FOUND', message: 'no greet' },
    });
    expect(cloud.assignment('globex')?.reason).toEqual({
      code: 'EXECUTION_FAILED',
      message: 'the workload ended with exit code 127',
    });
  });

  it('leaves the old execution superseded if the tenant was cancelled or moved', async () => {
    const cloud = buildFleet(['acme']);
    await runOnePass(cloud);
    const [old] = launchesOf(cloud, 'acme');
    cloud.record(buildEntry(2, { environmentTarDigest: digestB }));
    await runOnePass(cloud);
    const [, fresh] = launchesOf(cloud, 'acme');
    expect(runSandbox(cloud, buildTenant('acme'), old?.name ?? '')).toEqual([expect.stringContaining('superseded')]);
    expect(runSandbox(cloud, buildTenant('acme'), fresh?.name ?? '')[0]).toContain('adopted');
    await runOnePass(cloud);
    expect(cloud.assignment('acme')).toMatchObject({
      revision: 2,
      adoption: 'ADOPTED',
      proof: { execution: fresh?.name },
    });
  });

  it('counts a cancelled execution as a failed attempt', async () => {
    const cloud = buildFleet(['acme']);
    await runOnePass(cloud);
    cloud.jobs.end(launchesOf(cloud, 'acme')[0]?.name ?? '', cancelled);
    await runOnePass(cloud);
    expect(cloud.assignment('acme')).toMatchObject({
      adoption: 'NEVER_RAN',
      reason: { code: 'CANCELLED' },
      outcome: cancelled,
    });
  });

  it('keeps the proof of the older pin until the new pin is proved', async () => {
    const cloud = buildFleet(['acme']);
    cloud.record(buildEntry(2, { environmentTarDigest: digestB }));
    cloud.assign(adoptedAssignment('acme', { outcome: succeeded }));
    await runOnePass(cloud);
    expect(cloud.assignment('acme')).toMatchObject({
      revision: 2,
      adoption: 'LAUNCHING',
      proof: buildProof(),
      retryAt: null,
    });
    expect(cloud.assignment('acme')?.assignedAt).toBe(iso(0));
  });
});
