import { assignmentSchema } from '../../functions/core/assignment.ts';
import { names } from '../../functions/core/object-names.ts';
import { formatRecord, parseRecord } from '../../functions/core/record.ts';
import type { Assignments } from '../../functions/ports/assignments.ts';
import type { Gate } from './gate.ts';
import type { ObjectStore } from './object-store.ts';

export function fakeAssignments(bucket: ObjectStore, gate: Gate): Assignments {
  return {
    list: (runtime) =>
      gate('assignments', 'list', runtime, () =>
        bucket.list(names.assignments(runtime)).map(({ name, text, generation }) => ({
          value: parseRecord(assignmentSchema, text, name),
          generation,
        })),
      ),
    read: (runtime, tenant) => {
      const name = names.assignment(runtime, tenant);
      return gate('assignments', 'read', name, () => {
        const stored = bucket.read(name);
        return stored && { value: parseRecord(assignmentSchema, stored.text, name), generation: stored.generation };
      });
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
