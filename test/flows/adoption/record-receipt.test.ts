import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy as policy } from '#functions/core/launch/retry-policy.ts';
import { formatRecord, parseRecord } from '#functions/core/records/codec.ts';
import { receiptSchema } from '#functions/core/records/receipt.ts';
import { executionId } from '#functions/core/values/execution.ts';
import { failed, running, succeeded } from '#functions/core/values/outcome.ts';
import { LookupBudget } from '#functions/flows/adoption/lookup-budget.ts';
import {
  AssignmentContentionError,
  type ReceiptResult,
  recordReceipt,
} from '#functions/flows/adoption/record-receipt.ts';
import { reconcileFleet } from '#functions/flows/rollout/reconcile-fleet.ts';
import { FakeCloud, type FakeCloudOptions, type FakeProcess } from '../../fakes/fake-cloud.ts';
import { type FaultSwitch, InjectedError } from '../../fakes/gate.ts';
import { runSandbox, type SandboxBehaviour } from '../../fakes/model-sandbox.ts';
import { seededPick } from '../../fakes/seeded-pick.ts';
import { buildAssignment } from '../../fixtures/assignment.ts';
import { digestB } from '../../fixtures/digests.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildNotice, buildStoredReceipt } from '../../fixtures/receipt.ts';
import { buildTenant, jobOfTenant } from '../../fixtures/tenant.ts';
import { at } from '../../fixtures/times.ts';
import { expectToThrowWithCode } from '../../match/to-throw-with-code.ts';

const acme = buildTenant('acme');

/** A launched tenant; what its sandbox left is returned by name. */
async function launched(options: FakeCloudOptions = {}): Promise<{ cloud: FakeCloud; execution: string }> {
  const cloud = new FakeCloud(options);
  cloud.register(acme);
  cloud.record(buildEntry(1));
  await cloud.run(
    reconcileFleet({ runtime: 'codex', relaunch: false, deadline: at(480) }, cloud.connect('fan-out'), policy),
  );
  return { cloud, execution: cloud.jobs.executions(acme.job)[0]?.name ?? '' };
}

async function ran(behaviour: SandboxBehaviour = {}, options: FakeCloudOptions = {}) {
  const { cloud, execution } = await launched(options);
  return { cloud, execution, objects: runSandbox(cloud, acme, execution, behaviour) };
}

function take(cloud: FakeCloud, object: string, deps: FakeProcess = cloud.connect('receipt')): Promise<ReceiptResult> {
  return cloud.run(recordReceipt(buildNotice(object), deps, policy));
}

/** With all that the tenant's identity can read. */
function forgedBy(cloud: FakeCloud, execution: string) {
  const { launchId = null, revision = null } = cloud.assignment('acme') ?? {};
  return { execution: executionId(execution), launchId, revision };
}

const adopted = { adoption: 'ADOPTED', proof: { revision: 1 } };

describe('recordReceipt', () => {
  it('records the adoption, then the outcome', async () => {
    const { cloud, execution, objects } = await ran();
    expect(await take(cloud, objects[0] ?? '')).toBe('recorded');
    expect(cloud.assignment('acme')).toMatchObject({ ...adopted, outcome: { state: 'RUNNING' }, execution });
    expect(await take(cloud, objects[1] ?? '')).toBe('recorded');
    expect(cloud.assignment('acme')).toMatchObject({ ...adopted, outcome: succeeded });
  });

  it('records adoption and outcome from the finished receipt alone, in either order', async () => {
    const { cloud, objects } = await ran({ exitCode: 3 });
    expect(await take(cloud, objects[1] ?? '')).toBe('recorded');
    expect(cloud.assignment('acme')).toMatchObject({ ...adopted, outcome: failed(3, null) });
    expect(await take(cloud, objects[0] ?? '')).toBe('unchanged');
  });

  it('changes nothing on repeated notifications', async () => {
    const { cloud, objects } = await ran();
    for (const object of objects) await take(cloud, object);
    const settled = cloud.assignments.read('codex/acme.json');
    for (const object of [...objects, ...objects]) expect(await take(cloud, object)).toBe('unchanged');
    expect(cloud.assignments.read('codex/acme.json')).toEqual(settled);
  });

  it('records Cloud Run’s exit 3 although a forged receipt claims exit 0', async () => {
    const { cloud, execution, objects } = await ran({ exitCode: 3 });
    await take(cloud, objects[0] ?? '');
    const forged = buildStoredReceipt({ ...forgedBy(cloud, execution), kind: 'finished', exitCode: 0 });
    cloud.receipts.put(forged.object, formatRecord(forged.receipt));
    expect(await take(cloud, forged.object)).toBe('recorded');
    expect(cloud.assignment('acme')).toMatchObject({ ...adopted, outcome: failed(3, null) });
  });

  it('makes no call for a finished receipt in a later attempt’s folder', async () => {
    const { cloud, execution, objects } = await ran({ exitCode: 3 });
    await take(cloud, objects[0] ?? '');
    const forged = buildStoredReceipt({ ...forgedBy(cloud, execution), kind: 'finished', exitCode: 0, taskAttempt: 7 });
    cloud.file(forged);
    const calls: string[] = [];
    const deps = cloud.connect('receipt', ({ method }) => void calls.push(method));
    expect(await take(cloud, forged.object, deps)).toBe('ignored');
    expect(calls).toEqual([]);
    expect(cloud.assignment('acme')?.outcome).toEqual(running);
  });

  it('reads a running execution again after its finished receipt, and records its end 3 s later', async () => {
    const { cloud, execution, objects } = await ran();
    await take(cloud, objects[0] ?? '');
    cloud.jobs.end(execution, running);
    const start = cloud.now().getTime();
    let asked = 0;
    const deps = cloud.connect('receipt', ({ port, method }) => {
      if (port === 'launcher' && method === 'execution' && ++asked === 3) cloud.jobs.end(execution, failed(9, null));
      return undefined;
    });
    expect(await take(cloud, objects[1] ?? '', deps)).toBe('recorded');
    expect(cloud.now().getTime() - start).toBe(3_000);
    expect(cloud.assignment('acme')).toMatchObject({ ...adopted, outcome: failed(9, null) });
  });

  it.each<[string, FaultSwitch]>([
    ['still runs', () => undefined],
    [
      'cannot be asked for',
      ({ port }) => (port === 'launcher' ? { kind: 'throw', error: new InjectedError('7') } : undefined),
    ],
    ['answers slowly', ({ port }) => (port === 'launcher' ? { kind: 'slow', milliseconds: 10_000 } : undefined)],
  ])('leaves a finished receipt whose execution %s to the next reconcile, within 30 s', async (_, faults) => {
    const { cloud, execution, objects } = await ran();
    await take(cloud, objects[0] ?? '');
    cloud.jobs.end(execution, running);
    const start = cloud.now().getTime();
    expect(await take(cloud, objects[1] ?? '', cloud.connect('receipt', faults))).toBe('unchanged');
    expect(cloud.now().getTime() - start).toBeLessThanOrEqual(30_000);
    expect(cloud.assignment('acme')).toMatchObject({ ...adopted, outcome: running });
  });

  it('records the code and message of a failed workload’s receipt as the reason', async () => {
    const { cloud, execution, objects } = await ran({ exitCode: 127 });
    await take(cloud, objects[0] ?? '');
    const told = buildStoredReceipt({
      ...forgedBy(cloud, execution),
      kind: 'finished',
      code: 'COMMAND_NOT_FOUND',
      message: 'cannot start "greet"',
      exitCode: 127,
    });
    cloud.receipts.put(told.object, formatRecord(told.receipt));
    await take(cloud, told.object);
    expect(cloud.assignment('acme')).toMatchObject({
      outcome: failed(127, null),
      reason: { code: 'COMMAND_NOT_FOUND', message: 'cannot start "greet"' },
    });
  });

  it('makes two calls for an adoption', async () => {
    const { cloud, objects } = await ran();
    const object = objects[0] ?? '';
    const calls: string[] = [];
    const deps = cloud.connect('receipt', ({ port, method }) => void calls.push(`${port}.${method}`));
    const receipt = parseRecord(receiptSchema, cloud.receipts.read(object)?.text ?? '', object);
    await cloud.run(recordReceipt(buildNotice(object, { object, receipt }), deps, policy));
    expect(cloud.assignment('acme')).toMatchObject(adopted);
    expect(calls).toEqual(['launches.read', 'assignments.write']);
  });

  it('records the adoption of an UNPROVEN tenant from the finished receipt', async () => {
    const { cloud, objects } = await ran();
    const before = cloud.assignment('acme') ?? buildAssignment();
    cloud.assign({ ...before, adoption: 'UNPROVEN' });
    await take(cloud, objects[1] ?? '');
    expect(cloud.assignment('acme')).toMatchObject(adopted);
  });

  it('ignores a receipt that appears after its execution was evaluated without one', async () => {
    const { cloud, execution, objects } = await ran();
    const before = cloud.assignment('acme') ?? buildAssignment();
    const judged = { ...before, adoption: 'UNPROVEN' as const, execution, outcome: succeeded };
    cloud.assign(judged);
    for (const object of objects) expect(await take(cloud, object)).toBe('ignored');
    expect(cloud.assignment('acme')).toEqual(judged);
  });

  it('asks Cloud Run for the execution if its launch is not yet recorded', async () => {
    const { cloud, objects } = await ran();
    for (const { name } of cloud.control.list('launches/')) cloud.control.delete(name);
    expect(await take(cloud, objects[0] ?? '')).toBe('recorded');
    expect(cloud.assignment('acme')).toMatchObject(adopted);
  });

  it('records a refusal with its reason, and no proof', async () => {
    const { cloud, execution, objects } = await ran({ digest: digestB });
    expect(await take(cloud, objects[0] ?? '')).toBe('recorded');
    expect(cloud.assignment('acme')).toMatchObject({
      adoption: 'REFUSED',
      reason: { code: 'DIGEST_MISMATCH' },
      outcome: failed(65, null),
      execution,
      proof: null,
    });
  });

  it('records the adoption of an assigned tenant from a console run’s receipt', async () => {
    const cloud = new FakeCloud();
    cloud.register(acme);
    cloud.assign(buildAssignment('acme'));
    cloud.stage.advance(5_000);
    const execution = cloud.jobs.run({ job: acme.job, env: {} });
    const [object = ''] = runSandbox(cloud, acme, execution);
    expect(await take(cloud, object)).toBe('recorded');
    expect(cloud.assignment('acme')).toMatchObject({ ...adopted, execution, launchId: null });
  });
});

describe('recordReceipt without a proof', () => {
  it.each([
    ['names an unknown tenant', 'stranger/codex/codex-stranger-1/0-0-adopted.json'],
    ['names a missing receipt', 'acme/codex/codex-acme-1/0-7-adopted.json'],
  ])('ignores a notification that %s', async (_, object) => {
    const { cloud } = await launched();
    const before = cloud.assignments.list();
    expect(await take(cloud, object)).toBe('ignored');
    expect(cloud.assignments.list()).toEqual(before);
  });

  it.each<[string, (execution: string) => ReturnType<typeof buildStoredReceipt>]>([
    ['another digest', (execution) => buildStoredReceipt({ execution, digest: digestB })],
    ['another revision', (execution) => buildStoredReceipt({ execution, revision: 7 })],
    ['an execution that Pincast did not launch', () => buildStoredReceipt({ execution: 'codex-acme-99' })],
    [
      'content that disagrees with its name',
      (execution) => ({
        ...buildStoredReceipt({ execution, digest: digestB }),
        receipt: buildStoredReceipt({ execution: 'codex-acme-7' }).receipt,
      }),
    ],
  ])('ignores a receipt with %s, and logs a warning', async (_, forge) => {
    const { cloud, execution } = await launched();
    const before = cloud.assignments.list();
    const forged = forge(executionId(execution));
    cloud.file(forged);
    expect(await take(cloud, forged.object)).toBe('ignored');
    expect(cloud.assignments.list()).toEqual(before);
    expect(cloud.log.at(-1)).toMatchObject({
      level: 'warn',
      message: 'receipt ignored',
      fields: { object: forged.object, why: expect.any(String) },
    });
  });

  it('ignores every kind of receipt that an older workload of the tenant forged', async () => {
    for (const kind of ['adopted', 'refused', 'failed', 'finished', 'superseded'] as const) {
      const cloud = new FakeCloud();
      cloud.register(acme);
      cloud.record(buildEntry(1));
      const old = cloud.jobs.run({ job: acme.job, env: {} });
      cloud.stage.advance(10_000);
      const deadline = at(480);
      await cloud.run(reconcileFleet({ runtime: 'codex', relaunch: false, deadline }, cloud.connect(), policy));
      const before = cloud.assignments.list();
      const launchId = cloud.assignment('acme')?.launchId ?? '';
      const forged = buildStoredReceipt({ kind, execution: executionId(old), launchId, code: 'DIGEST_MISMATCH' });
      cloud.file(forged);
      expect(await take(cloud, forged.object)).toBe('ignored');
      expect(cloud.assignments.list()).toEqual(before);
    }
  });

  it.each(['adopted', 'refused', 'failed', 'finished'] as const)(
    'ignores a receipt of a second task attempt: %s',
    async (kind) => {
      const { cloud, execution } = await launched();
      const before = cloud.assignments.list();
      const { launchId } = cloud.assignment('acme') ?? {};
      const base = { execution: executionId(execution), launchId: launchId ?? null, code: 'DIGEST_MISMATCH' };
      const later = buildStoredReceipt({ ...base, kind, taskAttempt: 1 });
      cloud.file(later);
      expect(await take(cloud, later.object)).toBe('ignored');
      expect(cloud.assignments.list()).toEqual(before);
    },
  );

  it('ignores a receipt of a superseded launch', async () => {
    const { cloud, execution, objects } = await ran();
    const moved = { ...(cloud.assignment('acme') ?? buildAssignment()), launchId: 'launch-99' };
    cloud.assign(moved);
    expect(await take(cloud, objects[0] ?? '')).toBe('ignored');
    expect(cloud.assignment('acme')).toEqual(moved);
    expect(cloud.jobs.execution(execution)?.launchId).not.toBe('launch-99');
  });

  it('ignores a receipt of a removed tenant', async () => {
    const { cloud, objects } = await ran();
    for (const { name } of cloud.control.list('launches/')) cloud.control.delete(name);
    cloud.control.delete('tenants/codex/acme.json');
    expect(await take(cloud, objects[0] ?? '')).toBe('ignored');
  });

  it('ignores a receipt that is not JSON', async () => {
    const { cloud, objects } = await ran();
    cloud.receipts.put(objects[0] ?? '', 'not a receipt');
    expect(await take(cloud, objects[0] ?? '')).toBe('ignored');
    expect(cloud.assignment('acme')?.adoption).toBe('LAUNCHING');
  });
});

describe('recordReceipt in a race for an assignment', () => {
  it('reaches the same state for every order of two notifications and a reconcile', async () => {
    for (let seed = 0; seed < 100; seed++) {
      const { cloud, execution, objects } = await ran({}, { pick: seededPick(seed) });
      const deadline = new Date(cloud.now().getTime() + 480_000);
      const [first, second] = objects.map((object, index) =>
        recordReceipt(buildNotice(object), cloud.connect(`receipt-${index}`), policy),
      );
      const pass = reconcileFleet({ runtime: 'codex', relaunch: false, deadline }, cloud.connect('recheck'), policy);
      const ends = await cloud.play<unknown>(first ?? pass, second ?? pass, pass);
      expect(ends.every((end) => end !== 'stuck' && end.status === 'fulfilled')).toBe(true);
      expect(cloud.assignment('acme')).toMatchObject({ ...adopted, outcome: succeeded, execution });
      expect(cloud.jobs.executions()).toHaveLength(1);
    }
  });

  it('never gives a newer promotion’s assignment the older proof', async () => {
    for (let seed = 0; seed < 100; seed++) {
      const { cloud, objects } = await ran({}, { pick: seededPick(seed) });
      cloud.record(buildEntry(2, { environmentTarDigest: digestB }));
      const deadline = new Date(cloud.now().getTime() + 480_000);
      await cloud.play<unknown>(
        recordReceipt(buildNotice(objects[0] ?? ''), cloud.connect('receipt'), policy),
        reconcileFleet({ runtime: 'codex', relaunch: false, deadline }, cloud.connect('fan-out'), policy),
      );
      const assignment = cloud.assignment('acme');
      if (assignment?.revision === 1) {
        expect(assignment).toMatchObject(adopted);
      } else {
        expect(assignment).toMatchObject({ revision: 2, adoption: 'LAUNCHING' });
        expect(assignment?.proof?.revision ?? 1).toBe(1);
      }
    }
  });

  it('throws after a lost race each time, so that Pub/Sub redelivers', async () => {
    const { cloud, objects } = await ran();
    const current = () => cloud.assignment('acme') ?? buildAssignment();
    const meddling: FaultSwitch = ({ method }) => {
      if (method === 'write') cloud.assign(current());
      return undefined;
    };
    const deps = cloud.connect('receipt', meddling);
    const taking = () => take(cloud, objects[0] ?? '', deps);
    await expectToThrowWithCode(taking, AssignmentContentionError, 'ASSIGNMENT_CONTENTION');
    expect(cloud.assignment('acme')?.adoption).toBe('LAUNCHING');
  });

  it('loses nothing by a fault at any call if the notification comes again', async () => {
    for (const kind of ['throw', 'lost', 'die', 'die-after'] as const) {
      for (let nth = 1; nth <= 8; nth++) {
        const { cloud, objects } = await ran();
        const deps = cloud.connect('receipt', (call) =>
          call.nth === nth ? { kind, error: new InjectedError('503') } : undefined,
        );
        await cloud.play(recordReceipt(buildNotice(objects[1] ?? ''), deps, policy));
        await take(cloud, objects[1] ?? '');
        expect(cloud.assignment('acme')).toMatchObject({ ...adopted, outcome: succeeded });
      }
    }
  });
});

describe('recordReceipt after the job was replaced', () => {
  it('accepts the execution that the launch returned', async () => {
    const { cloud, execution, objects } = await ran();
    cloud.register(buildTenant('acme', { job: jobOfTenant('acme-new') }));
    expect(await take(cloud, objects[0] ?? '')).toBe('recorded');
    expect(cloud.assignment('acme')).toMatchObject({ ...adopted, execution });
  });
});

describe('recordReceipt with receipts of invented executions', () => {
  it('makes at most 20 reads a minute for them, and still records a launch’s receipt', async () => {
    const { cloud, objects } = await ran();
    let reads = 0;
    const faults: FaultSwitch = ({ port, method }) => {
      if (port === 'launcher' && method === 'execution') reads++;
      return undefined;
    };
    const deps = { ...cloud.connect('receipt', faults), lookups: new LookupBudget() };
    const flood = async (from: number) => {
      for (let number = from; number < from + 100; number++) {
        const receipt = buildStoredReceipt({ execution: `codex-acme-invented-${number}` });
        cloud.file(receipt);
        expect(await take(cloud, receipt.object, deps)).toBe('ignored');
      }
    };
    await flood(0);
    expect(reads).toBe(20);
    expect(await take(cloud, objects[0] ?? '', deps)).toBe('recorded');
    cloud.stage.advance(60_001);
    await flood(100);
    expect(reads).toBe(40);
  });
});
