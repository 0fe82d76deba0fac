import type { protos } from '@google-cloud/run';

/** The API's own shapes, as plain data: int64 and enums are strings. */
export type Job = protos.google.cloud.run.v2.IJob;
export type Execution = protos.google.cloud.run.v2.IExecution;
export type ExecutionTemplate = protos.google.cloud.run.v2.IExecutionTemplate;
export type TaskTemplate = protos.google.cloud.run.v2.ITaskTemplate;
export type Container = protos.google.cloud.run.v2.IContainer;
export type Task = protos.google.cloud.run.v2.ITask;
export type Condition = protos.google.cloud.run.v2.ICondition;
export type Overrides = protos.google.cloud.run.v2.RunJobRequest.IOverrides;

/** The user's part of a job; the server sets the rest. */
export type JobContent = Pick<
  Job,
  'labels' | 'annotations' | 'client' | 'clientVersion' | 'launchStage' | 'binaryAuthorization' | 'template'
>;

/** A job as it is kept. Times are ISO 8601. */
export type JobRecord = {
  name: string;
  uid: string;
  /** Order of creation across the server. */
  sequence: number;
  /** Rises with every change by a user; the etag is made of it. */
  generation: number;
  createTime: string;
  updateTime: string;
  creator: string;
  content: JobContent;
  /** Executions ever created, so that forgetting old ones does not lower it. */
  executionCount: number;
};

/** A pid with the start time of its process, because pids are reused. */
export type ProcessIdentity = { pid: number; start: string };

export type AttemptResult = {
  exitCode?: number;
  termSignal?: number;
  /** Empty after success. */
  message: string;
  /** False when no process ever ran: nothing to execute, or it could not be spawned. */
  started: boolean;
};

export type TaskPhase = 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export type TaskRecord = {
  index: number;
  phase: TaskPhase;
  /** Attempts started so far; the last one's number is one less. */
  attempts: number;
  startTime?: string;
  completionTime?: string;
  updateTime: string;
  lastResult?: AttemptResult;
  process?: ProcessIdentity;
};

/** What never changes after an execution was created. */
export type ExecutionRecord = {
  name: string;
  uid: string;
  job: string;
  /** Order of creation across the server: times tie, numbers do not. */
  sequence: number;
  /** The execution's number within its job, from 1. */
  ordinal: number;
  createTime: string;
  creator: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  taskCount: number;
  parallelism: number;
  /** With the overrides merged in. */
  template: TaskTemplate;
};

/** What changes while an execution goes on. */
export type ExecutionProgress = {
  startTime?: string;
  cancelTime?: string;
  completionTime?: string;
};

export const isFinal = (phase: TaskPhase): boolean => phase !== 'pending' && phase !== 'running';
