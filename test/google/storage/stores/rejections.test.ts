import type { Call } from '@pincast/emulators/faults';
import { type LocalStorage, startStorage } from '@pincast/emulators/storage';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_RECORD_BYTES } from '#functions/core/records/codec.ts';
import { type Rejection, summarizeRejection } from '#functions/core/records/rejection.ts';
import { storageClient } from '#functions/google/storage/client.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';
import { storageRejections } from '#functions/google/storage/stores/rejections.ts';
import type { Rejections } from '#functions/ports/ledger.ts';
import { iso, publishTime } from '../../../fixtures/times.ts';

let server: LocalStorage;
let calls: Call[];
let rejections: Rejections;

beforeEach(async () => {
  calls = [];
  server = await startStorage({
    faults: (call) => {
      calls.push(call);
      return undefined;
    },
  });
  const client = storageClient(server.endpoint, 'p');
  await client.createBucket('control');
  rejections = storageRejections(new JsonObjects(client, 'control'));
});
afterEach(() => server.close());

function buildRejection(number: number, overrides: Partial<Rejection> = {}): Rejection {
  return {
    formatVersion: 1,
    messageId: String(number),
    publishTime: publishTime(number),
    rejectedAt: iso(number),
    faults: [{ path: 'runtime', message: 'no tenant is registered' }],
    data: '{}',
    ...overrides,
  };
}

const large = (number: number) =>
  buildRejection(number, {
    faults: Array.from({ length: 200 }, (_, index) => ({
      path: `field-${index}`,
      message: 'unknown field'.repeat(70),
    })),
    data: 'x'.repeat(16_384),
  });

async function objects(): Promise<string[]> {
  const [files] = await storageClient(server.endpoint, 'p').bucket('control').getFiles({ autoPaginate: false });
  return files.map(({ name }) => name);
}

describe('storageRejections', () => {
  it('lists the newest five of many large ones by one call', async () => {
    for (let number = 1; number <= 12; number++) await rejections.keep(large(number));
    calls = [];
    const newest = await rejections.list(5);
    expect(newest.map(({ messageId }) => messageId)).toEqual(['12', '11', '10', '9', '8']);
    expect(calls.map(({ method }) => method)).toEqual(['objects.list']);
  });

  it('returns a rejection by its message id, as it was kept', async () => {
    await rejections.keep(large(3));
    calls = [];
    expect(await rejections.find('3')).toEqual(large(3));
    expect(calls.map(({ method }) => method)).toEqual(['objects.get', 'objects.get']);
    expect(await rejections.find('4')).toBeUndefined();
  });

  it('keeps the first of two rejections of one message', async () => {
    await rejections.keep(buildRejection(3));
    await rejections.keep(buildRejection(3, { rejectedAt: iso(99) }));
    expect(await rejections.list(9)).toEqual([buildRejection(3)]);
    expect(await objects()).toEqual(['rejections-by-time/8204823996999-3.json', 'rejections/3.json'].sort());
  });

  it('removes a withdrawn rejection', async () => {
    await rejections.keep(buildRejection(3));
    await rejections.keep(buildRejection(4));
    await rejections.withdraw(buildRejection(3));
    await rejections.withdraw(buildRejection(3));
    expect((await rejections.list(9)).map(({ messageId }) => messageId)).toEqual(['4']);
    expect(await rejections.find('3')).toBeUndefined();
    expect(await objects()).toHaveLength(2);
  });

  it('lists the others beside an object that is not a rejection', async () => {
    await rejections.keep(buildRejection(3));
    const bucket = storageClient(server.endpoint, 'p').bucket('control');
    await bucket.file('rejections-by-time/0.json').save('text', { resumable: false });
    await bucket.file('rejections-by-time/').save('', { resumable: false });
    expect(await rejections.list(9)).toEqual([buildRejection(3)]);
  });
});

describe('summarizeRejection', () => {
  it('summarizeRejection fits the metadata for any data, and keeps the first issue', () => {
    const text = fc.oneof(
      fc.constantFrom('\0', '\ud800', '€', '"').map((character) => character.repeat(3_000)),
      fc.tuple(fc.string({ unit: 'binary', maxLength: 60 }), fc.nat(50)).map(([part, times]) => part.repeat(times)),
    );
    const fault = fc.record({ path: text, message: text });
    fc.assert(
      fc.property(fc.array(fault, { minLength: 1, maxLength: 30 }), text, (faults, data) => {
        const summary = summarizeRejection(buildRejection(1, { faults, data }));
        expect(Buffer.byteLength(JSON.stringify(summary))).toBeLessThanOrEqual(MAX_RECORD_BYTES);
        expect(summary.faults.length).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  it('summarizeRejection returns a small rejection unchanged', () => {
    expect(summarizeRejection(buildRejection(1))).toEqual(buildRejection(1));
  });
});
