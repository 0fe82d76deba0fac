import { names } from '../../../core/records/object-names.ts';
import { recordKinds } from '../../../core/records/record-kinds.ts';
import type { Assignments } from '../../../ports/fleet.ts';
import type { JsonObjects } from '../json-objects.ts';
import { RecordCollection } from '../record-collection.ts';

export function storageAssignments(objects: JsonObjects): Assignments {
  const assignments = new RecordCollection(objects, recordKinds.assignment);
  return {
    list: (runtime) => assignments.list(names.assignments(runtime)),
    read: (runtime, tenant) => assignments.read(names.assignment(runtime, tenant)),
    write: (assignment, expected) => assignments.write(assignment, expected),
  };
}
