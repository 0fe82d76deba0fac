import type { Timeline } from '../processes/timeline.ts';
import type { SeededRandom } from '../random.ts';
import { ServerError } from './wire.ts';

export type RunLimits = {
  /** `jobs.run` calls in any 60 seconds, per project and region. */
  perMinute: number;
  /** Executions that run at the same time there. */
  running: number;
};

export type Job = { name: string; runtime: string; tenant: string; maxRetries: number; isForeign?: boolean };

export type TaskEnd = { exitCode: number | null; signal: number | null };

/** Runs the container of one attempt; resolves when its process has ended. */
export type Container = (job: Job, execution: ModelExecution, attempt: number) => Promise<TaskEnd>;

export type ModelExecution = {
  name: string;
  job: Job;
  env: Readonly<Record<string, string>>;
  createdAt: number;
  startedAt: number | null;
  completedAt: number | null;
  attempt: number;
  end: TaskEnd | null;
  cancelled: boolean;
  /** With an entrypoint that is not Pincast's. */
  isForeign: boolean;
  /** Ends the running container. */
  stop: ((signal: number) => void) | null;
};

const RESOURCE_EXHAUSTED = 8;
const NOT_FOUND = 5;

/** Cloud Run jobs of all projects, as their servers see them. */
export class CloudRun {
  readonly jobs = new Map<string, Job>();
  readonly executions = new Map<string, ModelExecution>();
  /** When `jobs.run` made an execution, by project and region. */
  readonly #runs = new Map<string, number[]>();
  /** How many executions run, by project and region. */
  readonly #open = new Map<string, number>();
  readonly #timeline: Timeline;
  readonly #random: SeededRandom;
  readonly #limits: RunLimits;
  readonly #container: Container;
  readonly #made = new Map<string, number>();
  /** Slow starts are a fault like any other. */
  readonly #extraDelay: (execution: string) => number;
  readonly #onMade: (execution: ModelExecution) => void;

  constructor(
    timeline: Timeline,
    random: SeededRandom,
    limits: RunLimits,
    container: Container,
    extraDelay: (execution: string) => number,
    onMade: (execution: ModelExecution) => void,
  ) {
    this.#onMade = onMade;
    this.#timeline = timeline;
    this.#random = random;
    this.#limits = limits;
    this.#container = container;
    this.#extraDelay = extraDelay;
  }

  /** @param isForeign with an entrypoint that is not Pincast's. */
  run(name: string, env: Readonly<Record<string, string>>, isForeign = false): ModelExecution {
    const job = this.jobs.get(name);
    if (job === undefined) throw new ServerError(NOT_FOUND, `there is no job ${name}`);
    this.#count(name);
    const number = (this.#made.get(name) ?? 0) + 1;
    this.#made.set(name, number);
    const execution: ModelExecution = {
      name: `${name}/executions/${name.slice(name.lastIndexOf('/') + 1)}-x${number}`,
      job,
      env,
      createdAt: this.#timeline.now,
      startedAt: null,
      completedAt: null,
      attempt: 0,
      end: null,
      cancelled: false,
      isForeign: isForeign || job.isForeign === true,
      stop: null,
    };
    this.executions.set(execution.name, execution);
    this.#open.set(projectRegionOf(name), this.#openIn(projectRegionOf(name)) + 1);
    this.#onMade(execution);
    const { name: id } = execution;
    const delay = this.#random.between(`${id} start`, 300, 6_000) + this.#extraDelay(id);
    this.#timeline.after(delay, () => this.#start(execution));
    return execution;
  }

  jobsIn(location: string): Job[] {
    return [...this.jobs.values()].filter(({ name }) => name.startsWith(`${location}/jobs/`));
  }

  /** A job's, or all jobs' (`jobs/-`), newest first, as they are listed; a new one may take a moment to be listed. */
  list(parent: string): ModelExecution[] {
    const now = this.#timeline.now;
    const isListed = ({ name, createdAt }: ModelExecution) =>
      createdAt + this.#random.between(`${name} listed`, 0, 4_000) <= now;
    const isOf = (job: string) => (parent.endsWith('/-') ? job.startsWith(parent.slice(0, -1)) : job === parent);
    return [...this.executions.values()].filter((one) => isOf(one.job.name) && isListed(one)).reverse();
  }

  cancel(execution: ModelExecution): void {
    if (execution.completedAt !== null) return;
    execution.cancelled = true;
    if (execution.startedAt === null) this.#complete(execution, { exitCode: null, signal: null });
    else execution.stop?.(15);
  }

  isRunning(execution: ModelExecution): boolean {
    return execution.completedAt === null;
  }

  #count(job: string): void {
    const where = projectRegionOf(job);
    const now = this.#timeline.now;
    const recent = (this.#runs.get(where) ?? []).filter((time) => time > now - 60_000);
    if (recent.length >= this.#limits.perMinute || this.#openIn(where) >= this.#limits.running) {
      throw new ServerError(RESOURCE_EXHAUSTED, `the quota of ${where} is exhausted`);
    }
    recent.push(now);
    this.#runs.set(where, recent);
  }

  #openIn(where: string): number {
    return this.#open.get(where) ?? 0;
  }

  #start(execution: ModelExecution): void {
    if (execution.completedAt !== null) return;
    execution.startedAt ??= this.#timeline.now;
    const { attempt } = execution;
    this.#container(execution.job, execution, attempt).then((end) => {
      const pause = this.#random.between(`${execution.name} end ${attempt}`, 100, 3_000);
      this.#timeline.after(pause, () => this.#ended(execution, end));
    });
  }

  #ended(execution: ModelExecution, end: TaskEnd): void {
    execution.stop = null;
    const isOver = end.exitCode === 0 || execution.cancelled || execution.attempt >= execution.job.maxRetries;
    if (isOver) {
      this.#complete(execution, end);
      return;
    }
    execution.attempt++;
    const pause = this.#random.between(`${execution.name} again ${execution.attempt}`, 500, 40_000);
    this.#timeline.after(pause, () => this.#start(execution));
  }

  #complete(execution: ModelExecution, end: TaskEnd): void {
    this.#open.set(projectRegionOf(execution.name), this.#openIn(projectRegionOf(execution.name)) - 1);
    execution.end = end;
    execution.completedAt = this.#timeline.now;
  }
}

/** `projects/P/locations/R/…` → `P/R` */
export function projectRegionOf(name: string): string {
  const [, project, , region] = name.split('/');
  return `${project}/${region}`;
}
