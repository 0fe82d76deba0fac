import { type Course, conditions, type Outcome } from '../model/conditions.ts';
import type { ExecutionState } from '../model/execution-state.ts';
import { taskName } from '../model/names.ts';
import { type AttemptResult, isFinal, type Task, type TaskRecord } from '../model/records.ts';
import { timestamp } from '../model/time.ts';

/** `google.rpc.Code.UNKNOWN`: what a failed attempt's status carries. */
const UNKNOWN = 2;

function attemptView(result: AttemptResult): NonNullable<Task['lastAttemptResult']> {
  return {
    status: { code: result.message ? UNKNOWN : 0, message: result.message },
    exitCode: result.exitCode ?? 0,
    termSignal: result.termSignal ?? 0,
  };
}

function courseOf(state: ExecutionState, task: TaskRecord): Course {
  return {
    createTime: state.record.createTime,
    startTime: task.startTime,
    cancelTime: state.progress.cancelTime,
    completionTime: task.completionTime,
    outcome: isFinal(task.phase) ? (task.phase as Outcome) : undefined,
    failure: task.lastResult,
    message: isFinal(task.phase)
      ? task.lastResult?.message || 'Task completed successfully.'
      : `The task is ${task.phase}.`,
  };
}

/** @param logUri where the output of its last attempt is */
export function taskView(state: ExecutionState, task: TaskRecord, logUri: string): Task {
  const { record } = state;
  return {
    name: taskName(record.name, task.index),
    uid: `${record.uid}-${task.index}`,
    generation: '1',
    labels: record.labels,
    annotations: record.annotations,
    createTime: timestamp(record.createTime),
    scheduledTime: timestamp(task.startTime),
    startTime: timestamp(task.startTime),
    completionTime: timestamp(task.completionTime),
    updateTime: timestamp(task.updateTime),
    job: record.job,
    execution: record.name,
    containers: record.template.containers ?? [],
    volumes: record.template.volumes ?? [],
    maxRetries: record.template.maxRetries ?? 0,
    timeout: record.template.timeout ?? null,
    serviceAccount: record.template.serviceAccount ?? '',
    reconciling: !isFinal(task.phase),
    conditions: conditions(courseOf(state, task)),
    observedGeneration: '1',
    index: task.index,
    retried: Math.max(0, task.attempts - 1),
    lastAttemptResult: task.lastResult ? attemptView(task.lastResult) : null,
    logUri,
    etag: `"${record.uid.slice(0, 8)}/${task.index}/${task.attempts}/${task.phase}"`,
  };
}
