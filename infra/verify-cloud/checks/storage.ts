import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bucket } from '@google-cloud/storage';
import { MAX_RECORD_BYTES, RECORD_KEY } from '#functions/core/records/codec.ts';
import { recordStore } from '#functions/google/sandbox/storage.ts';
import { httpStatus } from '#functions/google/storage/errors.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';
import { receiptNotification } from '../../contract/delivery.ts';
import { receiveOne } from '../cloud/messages.ts';
import { createBucket, createSubscription, createTopic, grantOn } from '../cloud/resources.ts';
import { type Check, check, differs, holds, holdsIf, type Subject, unknown } from '../runner/check.ts';
import { messageOf } from '../runner/faults.ts';
import { poll } from '../runner/poll.ts';

const DAY = 86_400;
const LOST_TRIES = 3;

export const storageChecks: readonly Check[] = [
  check({
    id: 'storage-metadata',
    title: "an object's metadata may hold a record of 7 KiB, and a list returns it",
    creates: 'a bucket, 1 object',
    seconds: 120,
    async run(subject) {
      const bucket = await createBucket(subject);
      const objects = new JsonObjects(subject.cloud.storage, bucket.name);
      const record = { text: 'x'.repeat(MAX_RECORD_BYTES - '{"text":""}'.length) };
      try {
        await objects.create('codex/acme.json', record);
      } catch (error) {
        if (httpStatus(error) !== 400) throw error;
        return differs(`refused: ${messageOf(error)}`);
      }
      const [files] = await bucket.getFiles({ prefix: 'codex/' });
      const stored = String(files[0]?.metadata.metadata?.[RECORD_KEY] ?? '');
      return holdsIf(stored === JSON.stringify(record), `${stored.length} of ${MAX_RECORD_BYTES} bytes in the list`);
    },
  }),
  check({
    id: 'storage-lost-create',
    title: 'a create whose answer was lost answers 412 when it is repeated',
    creates: 'a bucket, at most 3 objects',
    seconds: 180,
    async run(subject) {
      const bucket = await createBucket(subject);
      for (let attempt = 0; attempt < LOST_TRIES; attempt++) {
        const name = `lost-${attempt}.json`;
        await createWithoutAnswer(subject, bucket, name);
        if (!(await appears(subject, bucket, name))) continue;
        const [{ generation }] = await bucket.file(name).getMetadata();
        const repeated = await recordStore(subject.cloud.storage).create(bucket.name, name, '{}', {});
        const [after] = await bucket.file(name).getMetadata();
        const isKept = after.generation === generation;
        return holdsIf(
          repeated === 'taken' && isKept,
          `the repetition: ${repeated}; the object ${isKept ? 'is the first' : 'was replaced'}`,
        );
      }
      return unknown(`${LOST_TRIES} uploads that lost their answer created nothing`);
    },
  }),
  check({
    id: 'storage-notification',
    title: 'a new object is published with its name and metadata',
    creates: 'a bucket, a topic, a subscription, 1 object',
    seconds: 180,
    async run(subject) {
      const { cloud } = subject;
      const bucket = await createBucket(subject);
      const topic = await createTopic(subject);
      const subscription = await createSubscription(subject, topic);
      if (!cloud.isEmulated) {
        const [agent] = await cloud.storage.getServiceAccount();
        await grantOn(topic, 'roles/pubsub.publisher', `serviceAccount:${agent.emailAddress}`);
      }
      const { eventTypes, payloadFormat } = receiptNotification;
      await bucket.createNotification(topic.name, { eventTypes: [...eventTypes], payloadFormat });
      await new JsonObjects(cloud.storage, bucket.name).create('acme/e1/0-0-started.json', { formatVersion: 1 });
      const { attributes, data } = await receiveOne(subject, subscription);
      const resource = JSON.parse(data.toString()) as { name?: string; metadata?: Record<string, string> };
      const isWhole =
        resource.name === attributes.objectId && resource.metadata?.[RECORD_KEY] === '{"formatVersion":1}';
      return holdsIf(
        attributes.eventType === 'OBJECT_FINALIZE' && isWhole,
        `${attributes.eventType} of ${attributes.objectId}; the data ${isWhole ? 'holds' : 'lacks'} name and record`,
      );
    },
  }),
  check({
    id: 'storage-bucket-settings',
    title: 'the API accepts the buckets of infra/gcp and keeps their settings',
    needs: ['bucket-settings'],
    creates: '2 buckets',
    seconds: 120,
    async run(subject) {
      const retained = await createBucket(subject, {
        retentionPolicy: { retentionPeriod: String(DAY) },
        versioning: { enabled: false },
        softDeletePolicy: { retentionDurationSeconds: String(7 * DAY) },
      });
      const versioned = await createBucket(subject, {
        versioning: { enabled: true },
        lifecycle: {
          rule: [{ action: { type: 'Delete' }, condition: { daysSinceNoncurrentTime: 30, isLive: false } }],
        },
      });
      const [[kept], [replaced]] = await Promise.all([retained.getMetadata(), versioned.getMetadata()]);
      const seen = {
        retention: Number(kept.retentionPolicy?.retentionPeriod) === DAY,
        softDelete: Number(kept.softDeletePolicy?.retentionDurationSeconds) === 7 * DAY,
        closed: kept.iamConfiguration?.publicAccessPrevention === 'enforced',
        versioning: replaced.versioning?.enabled === true,
        lifecycle: replaced.lifecycle?.rule?.length === 1,
      };
      const lost = Object.entries(seen).flatMap(([name, isKept]) => (isKept ? [] : [name]));
      return lost.length === 0 ? holds(Object.keys(seen).join(', ')) : differs(`not kept: ${lost.join(', ')}`);
    },
  }),
  check({
    id: 'storage-retained-create',
    title: 'a create of an existing object below a retention policy answers 412',
    needs: ['bucket-settings'],
    creates: 'a bucket that keeps objects for 5 s, 1 object',
    seconds: 120,
    async run(subject) {
      const bucket = await createBucket(subject, { retentionPolicy: { retentionPeriod: '5' } });
      const create = () =>
        bucket.file('entry').save('{}', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
      await create();
      const status = await create().then(
        () => 200,
        (error: unknown) => httpStatus(error) ?? Promise.reject(error),
      );
      // The object can be deleted when its time is over.
      await sleep(6_000, undefined, { signal: subject.signal });
      return holdsIf(status === 412, `HTTP ${status} within the retention`);
    },
  }),
];

/** Sends the whole create, and drops the connection before the answer. */
async function createWithoutAnswer({ cloud }: Subject, bucket: Bucket, name: string): Promise<void> {
  const { storage } = cloud;
  const query = new URLSearchParams({ uploadType: 'media', name, ifGenerationMatch: '0' });
  const url = new URL(`${storage.apiEndpoint}/upload/storage/v1/b/${bucket.name}/o?${query}`);
  const authorization = storage.customEndpoint ? {} : await storage.authClient.getRequestHeaders(url.href);
  const headers = { ...Object.fromEntries(new Headers(authorization)), 'content-type': 'application/json' };
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  await new Promise<void>((resolve) => {
    const call = send(url, { method: 'POST', headers });
    call.on('error', () => undefined);
    call.on('close', resolve);
    call.on('response', (response) => response.destroy());
    // The half-open connection lets the server read everything; the answer meets a closed one.
    call.end('{}', () => call.socket?.end(() => call.destroy()));
  });
}

async function appears({ cloud, signal }: Subject, bucket: Bucket, name: string): Promise<boolean> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
  const seen = async () => ((await bucket.file(name).exists())[0] ? true : undefined);
  return poll({ pollMs: cloud.pollMs, signal: limit }, seen).catch(() => {
    signal.throwIfAborted();
    return false;
  });
}
