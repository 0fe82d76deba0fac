import type { AttemptResult, Condition } from './records.ts';
import { timestamp } from './time.ts';

export type Outcome = 'succeeded' | 'failed' | 'cancelled';

/** What the conditions of an execution or of a task are made of. Times are ISO 8601. */
export type Course = {
  createTime: string;
  startTime: string | undefined;
  cancelTime: string | undefined;
  completionTime: string | undefined;
  /** Undefined while it runs. */
  outcome: Outcome | undefined;
  /** Why it failed. */
  failure: AttemptResult | undefined;
  message: string;
};

/** What went wrong, in Cloud Run's words: no process at all is not an exit code. */
function failureReason(failure: AttemptResult | undefined): Condition {
  return failure?.started === false ? { reason: 'CONTAINER_MISSING' } : { executionReason: 'NON_ZERO_EXIT_CODE' };
}

function completedState(course: Course): Condition {
  const { outcome, message } = course;
  switch (outcome) {
    case undefined:
      return course.cancelTime
        ? {
            state: 'CONDITION_RECONCILING',
            executionReason: 'CANCELLING',
            message: 'The execution is being cancelled.',
          }
        : { state: 'CONDITION_RECONCILING', message };
    case 'succeeded':
      return { state: 'CONDITION_SUCCEEDED', message };
    case 'failed':
      return { state: 'CONDITION_FAILED', message, ...failureReason(course.failure) };
    case 'cancelled':
      return { state: 'CONDITION_FAILED', executionReason: 'CANCELLED', message: 'The execution was cancelled.' };
    default:
      return outcome satisfies never;
  }
}

/** Reached once the first process was spawned, before that under way. */
function reached(type: string, { createTime, startTime }: Course): Condition {
  const state = startTime ? 'CONDITION_SUCCEEDED' : 'CONDITION_RECONCILING';
  return { type, state, lastTransitionTime: timestamp(startTime ?? createTime) };
}

/** `Completed`, `ResourcesAvailable` and `Started`, in the order in which Cloud Run gives them. */
export function conditions(course: Course): Condition[] {
  const at = course.completionTime ?? course.cancelTime ?? course.startTime ?? course.createTime;
  return [
    { type: 'Completed', lastTransitionTime: timestamp(at), ...completedState(course) },
    reached('ResourcesAvailable', course),
    reached('Started', course),
  ];
}
