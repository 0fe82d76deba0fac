import type { FaultSwitch } from '@pincast/emulators/faults';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checks } from '../../../infra/verify-cloud/checks/checks.ts';
import type { VerifyCloud } from '../../../infra/verify-cloud/cloud/cloud.ts';
import { startEmulated } from '../../../infra/verify-cloud/cloud/emulated.ts';
import { parseOptions } from '../../../infra/verify-cloud/options.ts';
import { leftovers } from '../../../infra/verify-cloud/project.ts';
import { runChecks } from '../../../infra/verify-cloud/runner/run-checks.ts';

async function startCloud(faults?: FaultSwitch): Promise<VerifyCloud> {
  const options = parseOptions(['--local'], () => undefined);
  if (options === undefined) throw new Error('--local gave no options');
  const cloud = await startEmulated(options, faults);
  onTestFinished(() => cloud.close());
  return cloud;
}

async function verdictOf(id: string, cloud: VerifyCloud, signal = new AbortController().signal) {
  const { results, left } = await runChecks({ cloud, checks: checks.filter((check) => check.id === id), signal });
  expect([...left, ...(await leftovers(cloud))]).toEqual([]);
  return results[0];
}

/** Answers each call of a method with a status. */
function refusing(method: string, status: number): FaultSwitch {
  return (call) => (call.method === method ? { kind: 'status', status } : undefined);
}

describe('runChecks with a cloud that differs', () => {
  it('a list below a deleted job that answers PERMISSION_DENIED differs', async () => {
    const cloud = await startCloud(refusing('ListExecutions', 403));
    expect(await verdictOf('run-deleted-job', cloud)).toMatchObject({
      state: 'differs',
      observed: expect.stringContaining('gRPC code 7'),
    });
  });

  it('a create of 7 KiB of metadata that answers 400 differs', async () => {
    const cloud = await startCloud(refusing('objects.insert', 400));
    expect(await verdictOf('storage-metadata', cloud)).toMatchObject({ state: 'differs' });
  });

  it('executions without the variables of their launch differ', async () => {
    const { launcher, ...cloud } = await startCloud();
    const execution: typeof launcher.execution = async (name) => {
      const found = await launcher.execution(name);
      return found && { ...found, launchId: null };
    };
    expect(await verdictOf('run-overrides', { ...cloud, launcher: { ...launcher, execution } })).toMatchObject({
      state: 'differs',
      observed: 'executions.get lacks the variables; executions.list finds the launch',
    });
  });

  it('a region that runs more executions than its limit differs', async () => {
    const cloud = { ...(await startCloud()), runningLimit: 3 };
    expect(await verdictOf('run-limit', cloud)).toMatchObject({
      state: 'differs',
      observed: 'accepted 4 executions at a limit of 3',
    });
  });

  it('an account that sees which objects are absent differs', async () => {
    const cloud = await startCloud();
    const readerOf: VerifyCloud['readerOf'] = (bucket, access, where) =>
      cloud.readerOf(bucket, { ...access, lists: true }, where);
    expect(await verdictOf('iam-absent-object', { ...cloud, readerOf })).toMatchObject({
      state: 'differs',
      observed: 'an existing object: HTTP 200; an absent one: HTTP 404',
    });
  });

  it('a push that arrives twice while it is answered differs', async () => {
    const cloud = await startCloud();
    const receiver: VerifyCloud['receiver'] = async (options) => {
      const once = await cloud.receiver(options);
      return { ...once, pushes: async () => (await once.pushes()).flatMap((push) => [push, push]) };
    };
    expect(await verdictOf('pubsub-deadline', { ...cloud, receiver, longPushSeconds: 1 })).toMatchObject({
      state: 'differs',
      observed: 'times delivered: 2; answered after 1 s',
    });
  });

  it('a push without an OIDC token differs', async () => {
    const cloud = await startCloud();
    const receiver: VerifyCloud['receiver'] = async (options) => {
      const own = await cloud.receiver(options);
      return { ...own, pushes: async () => (await own.pushes()).map((push) => ({ ...push, claims: {} })) };
    };
    expect(await verdictOf('pubsub-push-token', { ...cloud, receiver })).toMatchObject({ state: 'differs' });
  });
});

describe('runChecks with faults', () => {
  it('repeats a check that meets one temporary fault', async () => {
    let faults = 0;
    const cloud = await startCloud(({ method }) =>
      method === 'buckets.insert' && faults++ === 0 ? { kind: 'status', status: 503 } : undefined,
    );
    expect(await verdictOf('storage-metadata', cloud)).toMatchObject({ state: 'holds' });
    expect(faults).toBe(2);
  });

  it('leaves a check unknown after three temporary faults', async () => {
    const cloud = await startCloud(refusing('buckets.insert', 503));
    expect(await verdictOf('storage-metadata', cloud)).toMatchObject({
      state: 'unknown',
      observed: expect.stringContaining('the check failed'),
    });
  });

  it('an interruption leaves the check unknown and deletes what it created', async () => {
    const interruption = new AbortController();
    const cloud = await startCloud(({ method }) => {
      if (method === 'RunJob') interruption.abort(new Error('interrupted'));
      return undefined;
    });
    expect(await verdictOf('run-limit', cloud, interruption.signal)).toMatchObject({
      state: 'unknown',
      observed: 'interrupted',
    });
  });

  it('names what could not be deleted', async () => {
    const cloud = await startCloud(refusing('buckets.delete', 403));
    const { left } = await runChecks({
      cloud,
      checks: checks.filter(({ id }) => id === 'storage-metadata'),
      signal: new AbortController().signal,
    });
    expect(left).toEqual([expect.stringMatching(/^bucket pincast-verify-[0-9a-f]{8}-bucket: .*403/)]);
    expect(await leftovers(cloud)).toEqual([expect.stringMatching(/^bucket pincast-verify-/)]);
  });
});
