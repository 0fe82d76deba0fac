import type { LaunchSlot, Reservation } from '../core/launch/quota.ts';
import type { LaunchRecord } from '../core/records/launch.ts';
import type { ProjectRegion } from '../core/records/tenant.ts';
import type { Execution } from '../core/values/execution.ts';

export type Launch = {
  job: string;
  /** Merged into the job's environment. */
  env: Record<string, string>;
  /** Present: instead of the job's own arguments. Whoever may view the execution reads them. */
  args?: readonly string[];
};

/**
 * `REJECTED`: the call was refused and nothing runs. `DENIED`: the caller lacks the permission, nothing runs. `QUOTA`: refused
 * for now, nothing runs.
 * `AMBIGUOUS`: nobody knows whether an execution was made.
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

/** What registration asks about a job. */
export type Job = {
  /** How often Cloud Run repeats a failed task by itself. */
  maxRetries: number;
};

/** Cloud Run jobs. */
export type Launcher = {
  /** Loads the client for a location, connects it and fetches its token, so that the next call goes out at once. */
  connect(where: ProjectRegion): Promise<void>;
  /** Calls `jobs.run` once and returns the execution's full name without waiting for it. @throws LaunchError */
  run(launch: Launch): Promise<string>;
  /** Undefined where Cloud Run does not know (or has forgotten) it. */
  execution(name: string): Promise<Execution | undefined>;
  /** The job's execution that carries this launch id, among those created since. */
  findLaunch(job: string, launchId: string, since: Date): Promise<Execution | undefined>;
  /** Undefined where there is no such job. */
  job(name: string): Promise<Job | undefined>;
  /** The full names of all jobs there, page by page. */
  jobs(where: ProjectRegion): AsyncIterable<string[]>;
  /** The executions of all jobs there, the newest first, page by page. Exit codes are not asked for. */
  executions(where: ProjectRegion): AsyncIterable<Execution[]>;
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
  /** @param before the caller can use no slot from then on. */
  reserve(where: ProjectRegion, want: number, before?: Date): Promise<Omit<Reservation, 'next'>>;
  /** Says what Cloud Run answered at a slot: `refused` pauses the location, an `accepted` probe opens it. */
  report(where: ProjectRegion, slot: LaunchSlot, answer: 'accepted' | 'refused'): Promise<void>;
};
