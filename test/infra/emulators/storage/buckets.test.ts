import { expect, test } from 'vitest';
import { createClient, startTestStorage, startWithBucket } from './start-test-storage.ts';

test('buckets can be made, read, listed, changed and deleted', async () => {
  const storage = createClient((await startTestStorage()).endpoint);
  await storage.createBucket('pins', { versioning: { enabled: true } });
  await storage.createBucket('receipts');
  expect((await storage.getBuckets())[0].map((bucket) => bucket.name)).toEqual(['pins', 'receipts']);
  const [metadata] = await storage.bucket('pins').getMetadata();
  expect(metadata).toMatchObject({ kind: 'storage#bucket', name: 'pins', versioning: { enabled: true } });
  await storage.bucket('pins').setMetadata({ labels: { team: 'fleet' } });
  expect((await storage.bucket('pins').getMetadata())[0]).toMatchObject({
    metageneration: '2',
    labels: { team: 'fleet' },
  });
  await storage.bucket('pins').delete();
  expect(await storage.bucket('pins').exists()).toEqual([false]);
});

test('an existing bucket is not created again: 409', async () => {
  const { storage } = await startWithBucket();
  await expect(storage.createBucket('pins')).rejects.toMatchObject({ code: 409, errors: [{ reason: 'conflict' }] });
});

test('a bucket that is not empty is not deleted: 409', async () => {
  const { bucket } = await startWithBucket();
  await bucket.file('a').save('x', { resumable: false });
  await expect(bucket.delete()).rejects.toMatchObject({ code: 409 });
  expect((await bucket.file('a').download())[0].toString()).toBe('x');
});

test('a name that Cloud Storage does not allow is refused with 400', async () => {
  const storage = createClient((await startTestStorage()).endpoint);
  await expect(storage.createBucket('Pins')).rejects.toMatchObject({
    code: 400,
    message: "Invalid bucket name: 'Pins'",
  });
  expect((await storage.getBuckets())[0]).toEqual([]);
});

test('every request for a missing bucket answers 404', async () => {
  const storage = createClient((await startTestStorage()).endpoint);
  const none = storage.bucket('none');
  await expect(none.getMetadata()).rejects.toMatchObject({ code: 404 });
  await expect(none.getFiles()).rejects.toMatchObject({ code: 404 });
  await expect(none.file('a').download()).rejects.toMatchObject({ code: 404 });
});

test.each([
  ['retentionPolicy', { retentionPeriod: '86400' }],
  ['defaultEventBasedHold', true],
  ['lifecycle', { rule: [{ action: { type: 'Delete' }, condition: { age: 1 } }] }],
  ['softDeletePolicy', { retentionDurationSeconds: '604800' }],
  ['cors', [{ origin: ['*'] }]],
  ['noSuchField', 1],
])('an unsupported bucket setting, %s, is refused with 501 and changes nothing', async (field, value) => {
  const { bucket } = await startWithBucket();
  const before = (await bucket.getMetadata())[0];
  await expect(bucket.setMetadata({ [field]: value })).rejects.toMatchObject({
    code: 501,
    message: expect.stringContaining(`the bucket field '${field}'`),
  });
  expect((await bucket.getMetadata())[0]).toEqual(before);
});

test.each(['temporaryHold', 'eventBasedHold'])(
  'an object hold, %s, is refused with 501 and leaves the object deletable',
  async (field) => {
    const { bucket } = await startWithBucket();
    const file = bucket.file('a');
    await file.save('x', { resumable: false });
    await expect(file.setMetadata({ [field]: true })).rejects.toMatchObject({ code: 501 });
    await file.setMetadata({ [field]: false });
    await file.delete();
    expect(await file.exists()).toEqual([false]);
  },
);
