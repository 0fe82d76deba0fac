import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy } from '#functions/core/launch/retry-policy.ts';
import type { PubsubMessage } from '#functions/core/messages/pubsub-message.ts';
import { succeeded } from '#functions/core/values/outcome.ts';
import { handleReceipt } from '#functions/flows/adoption/handle-receipt.ts';
import { ReceiptPrompts } from '#functions/flows/adoption/receipt-prompts.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import { type FaultSwitch, InjectedError } from '../../fakes/gate.ts';
import { adoptedAssignment, claimedAssignment } from '../../fixtures/assignment.ts';
import { digestB } from '../../fixtures/digests.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { executionName } from '../../fixtures/execution.ts';
import { buildStoredReceipt } from '../../fixtures/receipt.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { publishTime } from '../../fixtures/times.ts';

const config = {
  buckets: { pins: '', assignments: '', control: '', receipts: 'receipts', results: '', environments: [] },
  retry: defaultRetryPolicy,
};
const prompt = { runtime: 'codex', relaunch: false, prompted: true };
const dataOf = (cloud: FakeCloud) => cloud.published.map(({ data }) => data);

function buildNotification(objectId: string): PubsubMessage {
  const attributes = { bucketId: 'receipts', objectId, eventType: 'OBJECT_FINALIZE' };
  return { data: '{}', messageId: '1', publishTime: publishTime(1), attributes };
}

/** The tenant was launched by a claim, and its execution runs. */
function launchedFleet(): FakeCloud {
  const cloud = new FakeCloud();
  cloud.register(buildTenant());
  cloud.record(buildEntry(1));
  const name = cloud.jobs.run({ job: buildTenant().job, env: { PINCAST_LAUNCH_ID: 'launch-1' } });
  expect(name).toBe(executionName());
  cloud.assign(claimedAssignment());
  return cloud;
}

function receive(cloud: FakeCloud, receipt = buildStoredReceipt(), faults?: FaultSwitch) {
  cloud.file(receipt);
  const deps = cloud.connect('receipt', faults);
  return handleReceipt(buildNotification(receipt.object), { ...deps, prompts: new ReceiptPrompts(deps) }, config);
}

describe('ReceiptPrompts', () => {
  it('publishes 20 requests within 2 s as one at once and one at the end', async () => {
    const cloud = new FakeCloud();
    const prompts = new ReceiptPrompts(cloud.connect());
    await cloud.run(Promise.all(Array.from({ length: 20 }, () => prompts.ask('codex'))));
    expect(dataOf(cloud)).toEqual([prompt, prompt]);
    expect(cloud.published.map(({ topic }) => topic)).toEqual(['fleet-recheck', 'fleet-recheck']);
  });

  it('publishes at most one request per 2 s, and one after the last receipt', async () => {
    const cloud = new FakeCloud();
    const deps = cloud.connect();
    const prompts = new ReceiptPrompts(deps);
    const times: number[] = [];
    const messages = {
      publish: async (...[topic, data]: Parameters<typeof deps.messages.publish>) => {
        times.push(cloud.now().getTime());
        return deps.messages.publish(topic, data);
      },
    };
    const timed = new ReceiptPrompts({ messages, clock: deps.clock });
    const asks = Array.from({ length: 100 }, async (_, index) => {
      await deps.clock.sleep(index * 100);
      await timed.ask('codex');
    });
    await cloud.run(Promise.all(asks));
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2_000);
    expect(times.at(-1)).toBeGreaterThanOrEqual(cloud.now().getTime() - 2_000);
    expect(times).toHaveLength(6);
    await cloud.run(prompts.ask('codex'));
  });

  it('delays no request of another runtime', async () => {
    const cloud = new FakeCloud();
    const prompts = new ReceiptPrompts(cloud.connect());
    await cloud.run(Promise.all(['codex', 'argon'].map((runtime) => prompts.ask(runtime))));
    expect(dataOf(cloud)).toEqual([prompt, { ...prompt, runtime: 'argon' }]);
  });

  it('fails a delivery whose request it cannot publish, and publishes at the next delivery', async () => {
    const cloud = new FakeCloud();
    let publications = 0;
    const deps = cloud.connect('receipt', ({ port }) =>
      port === 'messages' && ++publications === 1 ? { kind: 'throw', error: new InjectedError('503') } : undefined,
    );
    const prompts = new ReceiptPrompts(deps);
    await expect(cloud.run(prompts.ask('codex'))).rejects.toThrow('503');
    expect(dataOf(cloud)).toEqual([]);
    await cloud.run(prompts.ask('codex'));
    expect(dataOf(cloud)).toEqual([prompt]);
  });
});

const refusal = () => buildStoredReceipt({ kind: 'refused', digest: digestB, code: 'DIGEST_MISMATCH', exitCode: 65 });

describe('handleReceipt', () => {
  it.each([
    ['no receipt', 'acme/codex/notes.txt'],
    ['an alias of a receipt’s name', 'acme/codex/codex-acme-1/00-0-adopted.json'],
  ])('ignores a notification that names %s, and logs a warning', async (_, object) => {
    const cloud = launchedFleet();
    const before = cloud.assignments.list();
    const deps = cloud.connect('receipt');
    const prompts = new ReceiptPrompts(deps);
    await cloud.run(handleReceipt(buildNotification(object), { ...deps, prompts }, config));
    expect(cloud.assignments.list()).toEqual(before);
    expect(cloud.log).toMatchObject([{ level: 'warn', fields: { objectId: object } }]);
    expect(dataOf(cloud)).toEqual([]);
  });

  it('requests a reconcile after a failed launch', async () => {
    const cloud = launchedFleet();
    await cloud.run(receive(cloud, refusal()));
    expect(cloud.assignment('acme')?.adoption).toBe('REFUSED');
    expect(dataOf(cloud)).toEqual([prompt]);
  });

  it('requests no reconcile after an adoption, because its execution still runs', async () => {
    const cloud = launchedFleet();
    await cloud.run(receive(cloud));
    expect(cloud.assignment('acme')?.adoption).toBe('ADOPTED');
    expect(dataOf(cloud)).toEqual([]);
  });

  it('requests a reconcile after an end only once Cloud Run reports the end', async () => {
    const cloud = launchedFleet();
    cloud.assign(adoptedAssignment());
    const ended = cloud.stage.sleep(3_500).then(() => cloud.jobs.end(executionName(), succeeded));
    const seen: unknown[] = [];
    await cloud.run(
      Promise.all([
        receive(cloud, buildStoredReceipt({ kind: 'finished', exitCode: 0 })),
        ended.then(() => seen.push(...dataOf(cloud))),
      ]),
    );
    expect(seen).toEqual([]);
    expect(cloud.assignment('acme')?.outcome).toEqual(succeeded);
    expect(dataOf(cloud)).toEqual([prompt]);
  });

  it('requests again if the first delivery died between its write and its request', async () => {
    const cloud = launchedFleet();
    cloud.assign(adoptedAssignment());
    cloud.jobs.end(executionName(), succeeded);
    const finished = buildStoredReceipt({ kind: 'finished', exitCode: 0 });
    await cloud.play(receive(cloud, finished, ({ port }) => (port === 'messages' ? { kind: 'die' } : undefined)));
    expect(cloud.assignment('acme')?.outcome).toEqual(succeeded);
    expect(dataOf(cloud)).toEqual([]);
    await cloud.run(receive(cloud, finished));
    expect(dataOf(cloud)).toEqual([prompt]);
  });

  it('requests no reconcile for an ignored receipt', async () => {
    const cloud = launchedFleet();
    await cloud.run(receive(cloud, buildStoredReceipt({ digest: digestB })));
    expect(cloud.assignment('acme')?.adoption).toBe('LAUNCHING');
    expect(dataOf(cloud)).toEqual([]);
  });
});
