import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Call, Fault } from '@pincast/emulators/faults';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openGuard } from '#functions/core/records/guard.ts';
import { names } from '#functions/core/records/object-names.ts';
import { runClients } from '#functions/google/run/clients.ts';
import { storageClient } from '#functions/google/storage/client.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';
import { deliveries } from '../../infra/contract/delivery.ts';
import { localDeployment, localPeople } from '../../infra/local/access/local-deployment.ts';
import { buildTar } from '../../infra/local/demo/build-tar.ts';
import { layout } from '../../infra/local/layout.ts';
import { type Ended, runCli } from '../cli/run-cli.ts';
import { freezeObject } from './freeze.ts';
import { PermissionRecord } from './permission-record.ts';
import { isSettled, openTestCloud, type TestCloud, until } from './test-cloud.ts';

const TENANTS = ['acme', 'globex', 'hooli', 'initech'];
/** Executions at the same time: fewer than tenants, so that each reconcile leaves some to the next. */
const MOST = 3;
const deployment = localDeployment([
  ...TENANTS.map((tenant) => ({ runtime: 'codex', tenant })),
  { runtime: 'argon', tenant: 'acme' },
]);
const { identities } = deployment;
const record = new PermissionRecord();

/** Grants that no call in the embedded cloud can show, by reason. */
const UNSEEN = {
  'the embedded Pub/Sub pushes without a check of the push identity, and people call status without one': [
    'push run.routes.invoke function fanOut',
    'push run.routes.invoke function receipt',
    'push run.routes.invoke function recheck',
    'viewer run.routes.invoke function status',
    'operator run.routes.invoke function status',
  ],
  "Google's agents are parts of the embedded servers": [
    `pubsubAgent iam.serviceAccounts.getOpenIdToken account ${identities.push}`,
    ...deliveries.flatMap(({ deadLetterTopic, subscription }) => [
      `pubsubAgent pubsub.topics.publish topic ${deadLetterTopic}`,
      `pubsubAgent pubsub.subscriptions.consume subscription ${subscription}`,
    ]),
    'schedulerAgent pubsub.topics.publish topic fleet-recheck',
    'storageAgent pubsub.topics.publish topic receipt-written',
  ],
  'functions are run, not built': [
    'build storage.objects.get gs://pincast-local-source',
    'build storage.objects.list gs://pincast-local-source',
    "build artifactregistry.repositories.uploadArtifacts repository of the functions' images",
    'build logging.logEntries.create project pincast-local',
  ],
};
let cloud: TestCloud;

/** The command line of a person, who may do what the contract grants. */
async function pincast(person: keyof typeof localPeople, ...args: string[]): Promise<Ended> {
  const { storage, pubsub, run } = await cloud.local.endpointsFor(localPeople[person]);
  const endpoints = { PINCAST_STORAGE_ENDPOINT: storage, PINCAST_PUBSUB_ENDPOINT: pubsub, PINCAST_RUN_ENDPOINT: run };
  return runCli(cloud.traces, args, { ...cloud.local.env, ...endpoints });
}

async function expectExit(exitCode: number, ended: Promise<Ended>): Promise<void> {
  const { exitCode: got, out, err } = await ended;
  expect(got, `${out}\n${err}`).toBe(exitCode);
}

async function jobOf(tenant: string): Promise<string> {
  return (await cloud.cloud.fleet.tenant('codex', tenant))?.job ?? '';
}

function callsOf(identity: string, method: string, object: RegExp) {
  return (call: Call): boolean => call.caller === identity && call.method === method && object.test(call.resource);
}

/** Holds back every call of a function, as an outage of it would. */
function silence(...silenced: string[]) {
  return ({ caller }: Call): Fault | undefined =>
    caller !== undefined && silenced.includes(caller) ? { kind: 'status', status: 503 } : undefined;
}

/** Promotes a workload, waits until so many tenants are assigned to it, and returns the digest. */
async function assign(script: string, tenants = TENANTS.length): Promise<string> {
  const pin = await cloud.environment('codex', script);
  const before = (await cloud.view('codex'))?.revision ?? 0;
  await cloud.publish({ runtime: 'codex', ...pin });
  await cloud.untilFleet('codex', ({ revision, tenants: all }) => {
    return (revision ?? 0) > before && all.filter((one) => one.revision === revision).length >= tenants;
  });
  return pin.environmentTarDigest;
}

async function untilSettled(): Promise<void> {
  await cloud.untilFleet('codex', isSettled);
}

beforeAll(async () => {
  cloud = await openTestCloud({ orphansSeconds: 1, claimSeconds: 2, maxRunning: MOST, onPermission: record.add });
  await cloud.addTenants('codex', TENANTS);
});
afterEach(() => cloud.setFault(() => undefined));
afterAll(() => cloud?.close());

describe('the permissions that a deployment grants', () => {
  it('permissions suffice for promotions that succeed, fail and are rejected, by the CLI', async () => {
    const tar = buildTar([{ path: 'bin/work', mode: 0o755, content: '#!/bin/sh\nexit 0\n' }]);
    await writeFile(join(cloud.traces, 'good.tar'), tar);
    const [absent, digest] = ['gs://pincast-environments/codex/absent.tar', `sha256:${'a'.repeat(64)}`];
    const failing = await cloud.environment('codex', 'exit 7');

    await expectExit(0, pincast('promoter', 'promote', 'good.tar', '--runtime', 'codex', '--wait'));
    await expectExit(66, pincast('promoter', 'promote', absent, digest, '--runtime', 'codex'));
    const rejected = { runtime: 'codex', environmentTarUrl: absent, environmentTarDigest: digest };
    await cloud.untilRejected(await cloud.publish(rejected));
    const { environmentTarUrl, environmentTarDigest } = failing;
    const pin = [environmentTarUrl, environmentTarDigest];
    await expectExit(1, pincast('promoter', 'promote', ...pin, '--runtime', 'codex', '--wait'));
    await expectExit(1, pincast('operator', 'execute', 'acme', '--runtime', 'codex', '--wait'));
    await expectExit(0, pincast('promoter', 'promote', '--revision', '1', '--runtime', 'codex', '--wait'));
  });

  it('permissions suffice for a fan-out that withdraws the rejection of another delivery', async () => {
    await withdrawnRejection();
    await untilSettled();
  });

  it('permissions suffice for a fan-out that reads evidence alone', async () => {
    const silent = silence(identities.receipt, identities.recheck);
    cloud.setFault(silent);
    const failing = await assign('exit 5', MOST);
    await until('the workloads to end', async () => {
      const receipts = (await Promise.all(TENANTS.map((tenant) => cloud.receipts('codex', tenant)))).flat();
      return (
        receipts.filter(({ kind, digest }) => kind === 'finished' && digest === failing).length >= MOST || undefined
      );
    });
    const late = (call: Call): Fault | undefined =>
      call.method === 'objects.insert' && call.resource.startsWith('pincast-receipts/')
        ? { kind: 'delay', milliseconds: 5_000 }
        : undefined;
    cloud.setFault((call) => silent(call) ?? late(call));
    await assign('exit 0; # its receipts are late', MOST);
    await until('evidence of executions without receipts', async () => {
      await cloud.publish({ runtime: 'codex', ...(await cloud.environment('codex', 'exit 0; # the next one')) });
      return record.has(identities.fanOut, 'storage.objects.list', 'gs://pincast-receipts/') || undefined;
    });
    cloud.setFault(() => undefined);
    await untilSettled();
  });

  it('permissions suffice for a recheck that launches, reads evidence alone and reports orphans', async () => {
    cloud.setFault(silence(identities.receipt));
    const unfreeze = await freezeObject(cloud, 'codex');
    const pin = await cloud.environment('codex', 'exit 0; # replaced');
    await cloud.publish({ runtime: 'codex', ...pin });
    await until('the promotion to be recorded', async () => {
      const { entries } = await cloud.cloud.ledgers.read('codex');
      return entries.some((one) => one.environmentTarDigest === pin.environmentTarDigest) || undefined;
    });
    const file = cloud.bucket('environments').file(pin.environmentTarUrl.slice('gs://pincast-environments/'.length));
    const [bytes] = await file.download();
    await file.save('other bytes', { resumable: false });
    await unfreeze();
    await cloud.untilFleet('codex', ({ tenants }) => tenants.some(({ adoption }) => adoption === 'REFUSED'));
    await cloud.cloud.launcher.run({ job: await jobOf('acme'), env: { PINCAST_LAUNCH_ID: 'made-up' } });
    await until(
      'the orphan',
      async () => ((await cloud.view('codex'))?.orphans?.executions.total ?? 0) > 0 || undefined,
    );
    await file.save(bytes, { resumable: false });

    await expectExit(0, pincast('operator', 'recheck', 'codex', '--relaunch'));
    cloud.setFault(() => undefined);
    await assign('exit 0; # well again');
    await untilSettled();
  });

  it('permissions suffice for receipts without launch record and notifications without receipt', async () => {
    const lost = callsOf(identities.fanOut, 'objects.insert', /^pincast-control\/launches\//);
    const silent = silence(identities.recheck);
    cloud.setFault((call) => silent(call) ?? (lost(call) ? { kind: 'status', status: 400 } : undefined));
    const digest = await assign('exit 0; # unrecorded', MOST);
    await cloud.untilFleet('codex', ({ tenants }) => tenants.some((one) => one.proof?.digest === digest));
    cloud.setFault(() => undefined);
    await untilSettled();
    const [files] = await cloud.bucket('receipts').getFiles({ prefix: 'acme/codex/' });
    const ghosts = ['ghost/codex/codex-ghost-abcde/0-0-adopted.json', 'acme/codex/codex-acme-abcde/0-0-adopted.json'];
    for (const object of [...ghosts, ...files.slice(-2).map(({ name }) => name)]) await notify(object);
    await until(
      'the notifications',
      async () => record.has(identities.receipt, 'storage.objects.list', 'ghost') || undefined,
    );
  });

  it('permissions suffice for a ledger entry without metadata, in every reader', async () => {
    const [entry] = (await cloud.bucket('pins').file(names.pin('codex', 1)).download()).map(String);
    const foreign = { ...(JSON.parse(entry ?? '') as object), runtime: 'argon' };
    await cloud.bucket('pins').file(names.pin('argon', 1)).save(JSON.stringify(foreign), { resumable: false });
    await cloud.addTenants('argon', ['acme']);
    const { environmentTarUrl, environmentTarDigest } = await cloud.environment('argon', 'exit 0; # argon');
    const pin = [environmentTarUrl, environmentTarDigest];

    await expectExit(0, pincast('promoter', 'promote', ...pin, '--runtime', 'argon', '--wait'));
    await expectExit(0, pincast('viewer', 'status', 'argon'));
    await expectExit(0, pincast('operator', 'status', 'argon'));
    expect((await fetch(`${cloud.local.functions.running.get('status')?.url}/api/fleet/argon`)).status).toBe(200);
  });

  it('permissions suffice for what operators do with pincast, gcloud storage and gcloud run', async () => {
    await controlsByHand();
    await runsByHand();
    await deadLettersByHand();
    const other = { tenant: 'initech', job: await jobOf('initech') };
    await expectExit(0, pincast('operator', 'tenants', 'remove', other.tenant, '--runtime', 'codex'));
    await expectExit(0, pincast('operator', 'tenants', 'add', other.tenant, '--runtime', 'codex', '--job', other.job));
  });

  it('permissions suffice for the results of every tenant', async () => {
    for (const tenant of TENANTS) {
      const upload = ['--results-upload-url', `gs://pincast-results/${tenant}/codex/`];
      const flags = ['--work-dir', 'workspace', '--results-url', `file://${cloud.traces}/results-${tenant}`, ...upload];
      const execution = await cloud.cloud.launcher.run({
        job: await jobOf(tenant),
        env: {},
        args: [...flags, '--', 'work'],
      });
      expect((await cloud.untilEnded(execution)).outcome.state).toBe('SUCCEEDED');
    }
  });

  it('the calls needed no other permission', () => {
    expect(record.refused()).toEqual([]);
  });

  it('the calls used every permission, except those that the embedded cloud replaces', () => {
    expect(record.unused(deployment)).toEqual(Object.values(UNSEEN).flat().sort());
  });
});

/** A delivery of a message rejects it while another records it. Both carry the message's id and publish time. */
async function withdrawnRejection(): Promise<void> {
  const pin = await cloud.environment('codex', 'exit 0; # twice');
  const message = { messageId: '4711', publishTime: new Date().toISOString() };
  const records = callsOf(identities.fanOut, 'objects.insert', /^pincast-pins\/codex/);
  const rejection = { formatVersion: 1 as const, ...message, rejectedAt: message.publishTime, faults: [], data: '' };
  let rejecting: Promise<void> | undefined;
  cloud.setFault((call) => {
    if (!records(call) || rejecting !== undefined) return undefined;
    rejecting = cloud.cloud.rejections.keep(rejection);
    return { kind: 'delay', milliseconds: 1_000 };
  });
  const data = Buffer.from(JSON.stringify({ runtime: 'codex', ...pin })).toString('base64');
  const url = `${cloud.local.functions.running.get('fanOut')?.url}/projects/${layout.project}/topics/pin-promoted`;
  const body = JSON.stringify({ message: { ...message, data }, subscription: 'pin-promoted-push' });
  const headers = { 'content-type': 'application/json' };
  expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(204);
  expect(await cloud.cloud.rejections.find(message.messageId)).toBeUndefined();
}

async function notify(objectId: string): Promise<void> {
  const attributes = { bucketId: layout.buckets.receipts, objectId, eventType: 'OBJECT_FINALIZE' };
  await cloud.local.pubsub.topic('receipt-written').publishMessage({ data: Buffer.from('{}'), attributes });
}

async function operatorObjects(bucket: string): Promise<JsonObjects> {
  const { storage } = await cloud.local.endpointsFor(localPeople.operator);
  return new JsonObjects(storageClient(storage, layout.project), bucket);
}

/** docs/operations.md: hold, freeze and guard are objects that `gcloud storage` writes, replaces and removes. */
async function controlsByHand(): Promise<void> {
  const control = await operatorObjects(layout.buckets.control);
  for (const name of [names.hold('codex', 'acme'), names.freeze('codex')]) {
    await control.create(name, { by: 'ann' });
    const generation = (await control.generationOf(name)) ?? '';
    expect(await control.delete(name, generation)).toBe('deleted');
  }
  const assignments = await operatorObjects(layout.buckets.assignments);
  const generation = (await assignments.generationOf(names.guard)) ?? '';
  expect(await assignments.replace(names.guard, openGuard, generation)).not.toBe('conflict');
}

async function runsByHand(): Promise<void> {
  const { run } = await cloud.local.endpointsFor(localPeople.operator);
  const clients = runClients(layout.region, run);
  for (const tenant of TENANTS) {
    const [executions] = await clients.executions.listExecutions({ parent: await jobOf(tenant) });
    await clients.executions.cancelExecution({ name: executions[0]?.name }).catch(() => undefined);
  }
  await clients.close();
}

async function deadLettersByHand(): Promise<void> {
  const { pubsub } = await cloud.local.endpointsFor(localPeople.operator);
  for (const { deadLetterSubscription } of deliveries) {
    const name = `projects/${layout.project}/subscriptions/${deadLetterSubscription}`;
    const body = JSON.stringify({ maxMessages: 1, returnImmediately: true });
    expect((await fetch(`http://${pubsub}/v1/${name}:pull`, { method: 'POST', body })).status).toBe(200);
  }
}
