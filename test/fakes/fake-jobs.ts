import type { ProjectRegion } from '#functions/core/records/tenant.ts';
import { type Execution, jobOf } from '#functions/core/values/execution.ts';
import { type Outcome, running } from '#functions/core/values/outcome.ts';
import { type Job, type Launch, LaunchError, type Launcher } from '#functions/ports/launcher.ts';
import type { Clock } from '#functions/ports/system.ts';
import type { Gate } from './gate.ts';

export type RunLimits = {
  /** Runs in any 60 seconds. */
  perMinute: number;
  /** Executions that run at the same time. */
  running: number;
};

const unlimited: RunLimits = { perMinute: Number.POSITIVE_INFINITY, running: Number.POSITIVE_INFINITY };

/** Cloud Run's jobs of all projects: it runs what it is told, as often as it is told, within its limits. */
export class FakeJobs {
  readonly #jobs = new Map<string, Job>();
  readonly #executions = new Map<string, Execution>();
  readonly #args = new Map<string, readonly string[]>();
  readonly #clock: Clock;
  readonly #limits: RunLimits;
  #made = 0;

  constructor(clock: Clock, limits: Partial<RunLimits> = {}) {
    this.#clock = clock;
    this.#limits = { ...unlimited, ...limits };
  }

  add(name: string, job: Job = { maxRetries: 0 }): void {
    this.#jobs.set(name, job);
  }

  job(name: string): Job | undefined {
    return this.#jobs.get(name);
  }

  remove(job: string): void {
    this.#jobs.delete(job);
  }

  /** `jobs.run`: without env it is what the console's "Execute" does. @throws LaunchError */
  run({ job, env, args }: Launch): string {
    if (!this.#jobs.has(job)) throw new LaunchError('REJECTED', job, `the job ${job} does not exist`);
    if (this.#isOverQuota()) throw new LaunchError('QUOTA', job, 'RESOURCE_EXHAUSTED');
    const name = `${job}/executions/${job.slice(job.lastIndexOf('/') + 1)}-${++this.#made}`;
    if (args !== undefined) this.#args.set(name, args);
    this.#executions.set(name, {
      name,
      job,
      createdAt: this.#clock.now().toISOString(),
      launchId: env.PINCAST_LAUNCH_ID ?? null,
      revision: env.PINCAST_REVISION === undefined ? null : Number(env.PINCAST_REVISION),
      started: true,
      outcome: running,
    });
    return name;
  }

  /** An execution that was made before the story begins. */
  seed(execution: Execution): void {
    this.#executions.set(execution.name, execution);
  }

  end(name: string, outcome: Outcome): void {
    this.change(name, { outcome });
  }

  change(name: string, change: Partial<Execution>): void {
    const execution = this.#executions.get(name);
    if (execution === undefined) throw new Error(`there is no execution ${name}`);
    this.#executions.set(name, { ...execution, ...change });
  }

  /** Cloud Run keeps a job's last thousand executions. */
  forget(name: string): void {
    this.#executions.delete(name);
  }

  execution(name: string): Execution | undefined {
    return this.#executions.get(name);
  }

  /** The arguments that a launch gave instead of the job's own. */
  argsOf(name: string): readonly string[] | undefined {
    return this.#args.get(name);
  }

  jobs(): string[] {
    return [...this.#jobs.keys()];
  }

  /** All of them, or those of one job; the oldest first. */
  executions(job?: string): Execution[] {
    return [...this.#executions.values()].filter((execution) => job === undefined || execution.job === job);
  }

  #isOverQuota(): boolean {
    const since = this.#clock.now().getTime() - 60_000;
    const executions = this.executions();
    const recent = executions.filter(({ createdAt }) => Date.parse(createdAt) > since);
    const open = executions.filter(({ outcome }) => outcome.state === 'RUNNING');
    return recent.length >= this.#limits.perMinute || open.length >= this.#limits.running;
  }
}

const PAGE = 1_000;

function placeOf({ project, region }: ProjectRegion): string {
  return `projects/${project}/locations/${region}/`;
}

export function fakeLauncher(jobs: FakeJobs, gate: Gate): Launcher {
  return {
    connect: async () => undefined,
    run: (launch) => gate('launcher', 'run', launch.job, () => jobs.run(launch)),
    execution: (name) => gate('launcher', 'execution', name, () => jobs.execution(name)),
    findLaunch: (job, launchId, since) =>
      gate('launcher', 'findLaunch', job, () =>
        jobs
          .executions(job)
          .find(
            (execution) =>
              jobOf(execution.name) === job &&
              execution.launchId === launchId &&
              Date.parse(execution.createdAt) >= since.getTime(),
          ),
      ),
    job: (name) => gate('launcher', 'job', name, () => jobs.job(name)),
    async *jobs(where) {
      yield await gate('launcher', 'jobs', placeOf(where), () =>
        jobs.jobs().filter((job) => job.startsWith(placeOf(where))),
      );
    },
    async *executions(where) {
      const all = () => jobs.executions().filter(({ job }) => job.startsWith(placeOf(where)));
      const newestFirst = await gate('launcher', 'executions', placeOf(where), () => all().reverse());
      for (let start = 0; start < newestFirst.length; start += PAGE) {
        if (start > 0) await gate('launcher', 'executions', placeOf(where), () => undefined);
        yield newestFirst.slice(start, start + PAGE);
      }
    },
  };
}
