import { formatRecord } from '#functions/core/records/codec.ts';
import { names } from '#functions/core/records/object-names.ts';
import { recordKinds } from '#functions/core/records/record-kinds.ts';
import type { Assignments } from '#functions/ports/fleet.ts';
import type { Gate } from './gate.ts';
import type { ObjectStore } from './object-store.ts';
import { listRecords, readRecord } from './read-records.ts';

export function fakeAssignments(bucket: ObjectStore, gate: Gate): Assignments {
  return {
    list: (runtime) =>
      gate('assignments', 'list', runtime, () =>
        listRecords(bucket, recordKinds.assignment, names.assignments(runtime)),
      ),
    read: (runtime, tenant) => {
      const name = names.assignment(runtime, tenant);
      return gate('assignments', 'read', name, () => readRecord(bucket, recordKinds.assignment, name));
    },
    write: (assignment, expected) => {
      const name = names.assignment(assignment.runtime, assignment.tenant);
      const text = formatRecord(assignment);
      return gate('assignments', 'write', name, () => {
        if (expected !== null) return bucket.replace(name, text, expected);
        const created = bucket.create(name, text);
        return created === 'exists' ? 'conflict' : created;
      });
    },
  };
}
