import { assignmentSchema } from '../core/assignment.ts';
import { names } from '../core/object-names.ts';
import { parseRecord } from '../core/record.ts';
import type { Assignments } from '../ports/assignments.ts';
import type { JsonObjects } from './json-objects.ts';

export function storageAssignments(objects: JsonObjects): Assignments {
  return {
    list: (runtime) =>
      objects.list(names.assignments(runtime), ({ name, generation, text }) => ({
        value: parseRecord(assignmentSchema, text, name),
        generation,
      })),
    read: async (runtime, tenant) => {
      const name = names.assignment(runtime, tenant);
      const stored = await objects.read(name);
      return stored && { value: parseRecord(assignmentSchema, stored.value, name), generation: stored.generation };
    },
    write: async (assignment, expected) => {
      const name = names.assignment(assignment.runtime, assignment.tenant);
      if (expected !== null) return objects.replace(name, assignment, expected);
      const created = await objects.create(name, assignment);
      return created === 'exists' ? 'conflict' : created;
    },
  };
}
