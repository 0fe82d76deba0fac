import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { peakMemoryOf, startChild } from './start-child.ts';
import { createClient, temporaryFolder } from './start-test-storage.ts';

const MIB = 1024 * 1024;
const SIZE = 200 * MIB;

function* chunks() {
  const chunk = Buffer.alloc(MIB);
  for (let index = 0; index < SIZE / MIB; index++) yield Buffer.from(chunk.fill(index));
}

test('a body of 200 MiB is stored and read, simple and resumable, without a copy in memory', async () => {
  const { child, endpoint } = await startChild(await temporaryFolder());
  const [bucket] = await createClient(endpoint).createBucket('environments');
  const before = await peakMemoryOf(child);
  const sent = createHash('sha256');
  for (const chunk of chunks()) sent.update(chunk);
  const wanted = sent.digest('hex');

  for (const resumable of [false, true]) {
    const file = bucket.file(`${resumable}.tar`);
    await pipeline(Readable.from(chunks()), file.createWriteStream({ resumable, validation: false }));
    const got = createHash('sha256');
    await pipeline(file.createReadStream({ validation: false }), got);
    expect(got.digest('hex')).toBe(wanted);
  }
  expect((await peakMemoryOf(child)) - before).toBeLessThan(120);
});
