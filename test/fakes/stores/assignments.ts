import { assignedNow } from '#functions/core/records/assignment.ts';
import { formatRecord } from '#functions/core/records/codec.ts';
import { names } from '#functions/core/records/object-names.ts';
import { recordKinds } from '#functions/core/records/record-kinds.ts';
import type { Assignments } from '#functions/ports/fleet.ts';
import type { Clock } from '#functions/ports/system.ts';
import type { Gate } from '../gate.ts';
import { listRecords, readRecord } from '../read-records.ts';
import type { ObjectStore } from './object-store.ts';

export function fakeAssignments(bucket: ObjectStore, gate: Gate, clock: Pick<Clock, 'now'>): Assignments {
  return {
    list: (runtime) =>
      gate('assignments', 'list', runtime, () =>
        listRecords(bucket, recordKinds.assignment, names.assignments(runtime)),
      ),
    read: (runtime, tenant) => {
      const name = names.assignment(runtime, tenant);
      return gate('assignments', 'read', name, () => readRecord(bucket, recordKinds.assignment, name));
    },
    write: (planned, expected) => {
      const name = names.assignment(planned.runtime, planned.tenant);
      const value = assignedNow(planned, clock.now());
      const text = formatRecord(value);
      return gate('assignments', 'write', name, () => {
        const written = expected === null ? bucket.create(name, text) : bucket.replace(name, text, expected);
        return typeof written === 'string' ? 'conflict' : { value, ...written };
      });
    },
  };
}
