import { assignedNow } from '../../../core/records/assignment.ts';
import { names } from '../../../core/records/object-names.ts';
import { recordKinds } from '../../../core/records/record-kinds.ts';
import type { Assignments } from '../../../ports/fleet.ts';
import type { Clock } from '../../../ports/system.ts';
import type { JsonObjects } from '../json-objects.ts';
import { RecordCollection } from '../record-collection.ts';

export function storageAssignments(objects: JsonObjects, clock: Clock): Assignments {
  const assignments = new RecordCollection(objects, recordKinds.assignment);
  return {
    list: (runtime) => assignments.list(names.assignments(runtime)),
    read: (runtime, tenant) => assignments.read(names.assignment(runtime, tenant)),
    write: async (planned, expected) => {
      let value = assignedNow(planned, clock.now());
      const written = await assignments.write(() => {
        value = assignedNow(planned, clock.now());
        return value;
      }, expected);
      return written === 'conflict' ? 'conflict' : { value, ...written };
    },
  };
}
