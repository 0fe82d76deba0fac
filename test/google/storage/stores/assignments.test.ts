import type { Fault } from '@pincast/emulators/faults';
import { type LocalStorage, startStorage } from '@pincast/emulators/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storageClient } from '#functions/google/storage/client.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';
import { storageAssignments } from '#functions/google/storage/stores/assignments.ts';
import type { Assignments } from '#functions/ports/fleet.ts';
import { buildAssignment } from '../../../fixtures/assignment.ts';
import { at, iso } from '../../../fixtures/times.ts';

let server: LocalStorage;
let assignments: Assignments;
let faults: Fault[];
/** Seconds since the start: each write that Cloud Storage receives takes 20 of them. */
let seconds: number;

beforeEach(async () => {
  faults = [];
  seconds = 100;
  server = await startStorage({
    faults: ({ method }) => {
      if (method !== 'objects.insert') return undefined;
      seconds += 20;
      return faults.shift();
    },
  });
  const client = storageClient(server.endpoint, 'p');
  await client.createBucket('bucket');
  const clock = { now: () => at(seconds), sleep: () => Promise.resolve() };
  assignments = storageAssignments(new JsonObjects(client, 'bucket'), clock);
});
afterEach(() => server.close());

const planned = { ...buildAssignment('acme'), assignedAt: null };
const stored = () => assignments.read('codex', 'acme');

describe('storageAssignments.write', () => {
  it('assigns at the time of the attempt that wrote, and returns what it wrote', async () => {
    faults = [
      { kind: 'status', status: 503 },
      { kind: 'status', status: 503 },
    ];
    const written = await assignments.write(planned, null);
    expect(written).toEqual(await stored());
    expect(written).toMatchObject({ value: { assignedAt: iso(140) } });
  });

  it('keeps the time of an assignment whose revision does not change', async () => {
    faults = [{ kind: 'status', status: 503 }];
    await assignments.write(buildAssignment('acme', { assignedAt: iso(7) }), null);
    expect((await stored())?.value.assignedAt).toBe(iso(7));
  });

  it('recognizes its own write after a lost answer, and returns no earlier time', async () => {
    faults = [{ kind: 'lost-response' }];
    const written = await assignments.write(planned, null);
    const known = await stored();
    expect(written).toMatchObject({ generation: known?.generation });
    expect(known?.value.assignedAt).toBe(iso(100));
    expect(Date.parse(written === 'conflict' ? '' : written.value.assignedAt)).toBeGreaterThanOrEqual(
      at(100).getTime(),
    );
  });

  it('returns conflict after another process wrote, and leaves its assignment', async () => {
    await assignments.write(buildAssignment('acme'), null);
    expect(await assignments.write(planned, null)).toBe('conflict');
    expect((await stored())?.value).toEqual(buildAssignment('acme'));
  });
});
