import { type Assignment, isActive } from '../records/assignment.ts';

export type LeftRunning = NonNullable<Assignment['leftRunning']>;

/** Bounded to fit object metadata; only Cloud Run counts older ones. */
const MAX_LEFT_RUNNING = 3;

/** The executions that still run after the tenant moves to another pin; undefined if there are none. */
export function leftBehind(previous: Assignment | undefined): LeftRunning | undefined {
  if (previous === undefined) return undefined;
  const { execution, assignedAt, leftRunning = [] } = previous;
  const newest = execution !== null && isActive(previous) ? [{ execution, assignedAt }] : [];
  const all = [...newest, ...leftRunning];
  return all.length === 0 ? undefined : all.slice(0, MAX_LEFT_RUNNING);
}

/** The assignment without ended executions; the same object if nothing changes. */
export function withoutEnded(assignment: Assignment, ended: readonly string[]): Assignment {
  const { leftRunning, ...rest } = assignment;
  const left = leftRunning?.filter(({ execution }) => !ended.includes(execution)) ?? [];
  if (leftRunning === undefined || left.length === leftRunning.length) return assignment;
  return left.length === 0 ? rest : { ...rest, leftRunning: left };
}
