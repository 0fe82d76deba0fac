import { type Course, conditions } from '../model/conditions.ts';
import { type ExecutionState, executionEtag, failedTask, isComplete, outcomeOf } from '../model/execution-state.ts';
import { idOf, taskName } from '../model/names.ts';
import type { Execution } from '../model/records.ts';
import { timestamp } from '../model/time.ts';

function courseMessage(state: ExecutionState): string {
  const failed = failedTask(state);
  if (!isComplete(state)) return state.progress.startTime ? 'The execution is running.' : 'Waiting for a free process.';
  if (!failed) return 'Execution completed successfully.';
  return `Task ${idOf(taskName(state.record.name, failed.index))} failed with message: ${failed.lastResult?.message}`;
}

function courseOf(state: ExecutionState): Course {
  return {
    createTime: state.record.createTime,
    startTime: state.progress.startTime,
    cancelTime: state.progress.cancelTime,
    completionTime: state.progress.completionTime,
    outcome: outcomeOf(state),
    failure: failedTask(state)?.lastResult,
    message: courseMessage(state),
  };
}

/** Cancelling is a change by a user: the second generation. */
const generationOf = (state: ExecutionState): string => (state.progress.cancelTime ? '2' : '1');

/** @param logUri where this execution's output is */
export function executionView(state: ExecutionState, logUri: string): Execution {
  const { record, progress, counts } = state;
  return {
    name: record.name,
    uid: record.uid,
    creator: record.creator,
    generation: generationOf(state),
    labels: record.labels,
    annotations: record.annotations,
    createTime: timestamp(record.createTime),
    startTime: timestamp(progress.startTime),
    completionTime: timestamp(progress.completionTime),
    updateTime: timestamp(state.updateTime),
    launchStage: 'GA',
    job: record.job,
    parallelism: record.parallelism,
    taskCount: record.taskCount,
    template: record.template,
    reconciling: !isComplete(state),
    conditions: conditions(courseOf(state)),
    observedGeneration: generationOf(state),
    runningCount: counts.running,
    succeededCount: counts.succeeded,
    failedCount: counts.failed,
    cancelledCount: counts.cancelled,
    retriedCount: state.retried,
    logUri,
    etag: executionEtag(state),
  };
}
