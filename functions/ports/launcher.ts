import type { LaunchSlot, Reservation } from '../core/launch/quota.ts';
import type { LaunchRecord } from '../core/records/launch.ts';
import type { ProjectRegion } from '../core/records/tenant.ts';
import type { Execution } from '../core/values/execution.ts';

export type Launch = {
  job: string;
  /** Merged into the job's environment. */
  env: Record<string, string>;
  /** Replaces the job's arguments. Everyone with permission to view the execution can read them. */
  args?: readonly string[];
};

/**
 * After `REJECTED`, `DENIED` (the caller lacks the permission) and `QUOTA` (refused for now) nothing runs. After `AMBIGUOUS`
 * an execution may run.
 */
export type LaunchErrorCode = 'REJECTED' | 'DENIED' | 'QUOTA' | 'AMBIGUOUS';

export class LaunchError extends Error {
  override readonly name = 'LaunchError';
  readonly code: LaunchErrorCode;
  readonly job: string;
  constructor(code: LaunchErrorCode, job: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.job = job;
  }
}

/** The properties of a job that a registration checks. */
export type Job = {
  /** How often Cloud Run itself retries a failed task. */
  maxRetries: number;
};

/** Cloud Run jobs. */
export type Launcher = {
  /** Loads the location's client, connects it and fetches a token, so that the next call is sent at once. */
  connect(location: ProjectRegion): Promise<void>;
  /** Calls `jobs.run` once and returns the execution's full name without waiting for it. @throws LaunchError */
  run(launch: Launch): Promise<string>;
  /** Undefined if Cloud Run does not know the execution, or has deleted it. */
  execution(name: string): Promise<Execution | undefined>;
  /** The job's execution with this launch id, among those created since. */
  findLaunch(job: string, launchId: string, since: Date): Promise<Execution | undefined>;
  /** Undefined if the job does not exist. */
  job(name: string): Promise<Job | undefined>;
  /** The full names of all jobs of the location, page by page. */
  jobs(location: ProjectRegion): AsyncIterable<string[]>;
  /** The executions of all jobs of the location, the newest first, page by page, without exit codes. */
  executions(location: ProjectRegion): AsyncIterable<Execution[]>;
};

/** The history of launches. Creating the same record again changes nothing. */
export type Launches = {
  create(record: LaunchRecord): Promise<void>;
  read(runtime: string, tenant: string, launchId: string): Promise<LaunchRecord | undefined>;
};

/** Launch slots that all processes share. */
export type LaunchQuota = {
  /** Executions that may run at the same time in a project and region. */
  maxRunning: number;
  /** @param before the caller cannot use slots from this time on. */
  reserve(location: ProjectRegion, want: number, before?: Date): Promise<Omit<Reservation, 'next'>>;
  /** Reports Cloud Run's answer at a slot: `refused` pauses the location, an `accepted` probe ends the pause. */
  report(location: ProjectRegion, slot: LaunchSlot, answer: 'accepted' | 'refused'): Promise<void>;
};
