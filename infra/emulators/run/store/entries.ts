import type { ExecutionProgress, ExecutionRecord, JobRecord, TaskRecord } from '../model/records.ts';

/** One change; the state is what all of them, one after the other, make. */
export type Entry =
  | { kind: 'job'; job: JobRecord }
  | { kind: 'job-deleted'; name: string }
  | { kind: 'execution'; execution: ExecutionRecord }
  | { kind: 'task'; execution: string; task: TaskRecord }
  | { kind: 'progress'; execution: string; progress: ExecutionProgress; at: string }
  | { kind: 'execution-deleted'; name: string };
