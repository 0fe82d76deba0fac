import type { Outcome } from './conditions.ts';
import type { ExecutionProgress, ExecutionRecord, TaskRecord } from './records.ts';

/** An execution as it stands in memory: its record, its progress and its tasks, with counts that never need a scan. */
export type ExecutionState = {
  record: ExecutionRecord;
  progress: ExecutionProgress;
  tasks: TaskRecord[];
  counts: Record<TaskRecord['phase'], number>;
  retried: number;
  updateTime: string;
  /** Changes seen: its etag is made of it. */
  version: number;
};

export function newExecutionState(record: ExecutionRecord): ExecutionState {
  return {
    record,
    progress: {},
    tasks: Array.from({ length: record.taskCount }, (_, index) => ({
      index,
      phase: 'pending',
      attempts: 0,
      updateTime: record.createTime,
    })),
    counts: { pending: record.taskCount, running: 0, succeeded: 0, failed: 0, cancelled: 0 },
    retried: 0,
    updateTime: record.createTime,
    version: 1,
  };
}

export function putTask(state: ExecutionState, task: TaskRecord): void {
  const before = state.tasks[task.index];
  if (!before)
    throw new Error(`${state.record.name} has ${state.tasks.length} tasks, got one with index ${task.index}`);
  state.counts[before.phase] -= 1;
  state.counts[task.phase] += 1;
  if (before.attempts <= 1 && task.attempts > 1) state.retried += 1;
  state.tasks[task.index] = task;
  state.updateTime = task.updateTime;
  state.version += 1;
}

export function putProgress(state: ExecutionState, progress: ExecutionProgress, at: string): void {
  state.progress = progress;
  state.updateTime = at;
  state.version += 1;
}

/** Every task is done for good. */
export const allTasksEnded = ({ counts, tasks }: ExecutionState): boolean =>
  counts.succeeded + counts.failed + counts.cancelled === tasks.length;

export const isComplete = (state: ExecutionState): boolean => state.progress.completionTime !== undefined;

/** Nothing while it is under way. A failure outweighs a cancellation only where no cancellation was asked for. */
export function outcomeOf(state: ExecutionState): Outcome | undefined {
  if (!isComplete(state)) return undefined;
  if (state.counts.succeeded === state.tasks.length) return 'succeeded';
  return state.progress.cancelTime ? 'cancelled' : 'failed';
}

export const executionEtag = ({ record, version }: ExecutionState): string => `"${record.uid.slice(0, 8)}/${version}"`;

/** The first task that failed for good. */
export const failedTask = (state: ExecutionState): TaskRecord | undefined =>
  state.counts.failed === 0 ? undefined : state.tasks.find((task) => task.phase === 'failed');
