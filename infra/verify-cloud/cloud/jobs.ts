import { setTimeout as sleep } from 'node:timers/promises';
import type { protos } from '@google-cloud/run';
import type { Execution } from '#functions/core/values/execution.ts';
import type { Subject } from '../runner/check.ts';
import { poll } from '../runner/poll.ts';
import type { VerifyCloud } from './cloud.ts';

type TaskTemplate = protos.google.cloud.run.v2.ITaskTemplate;
export type JobSpec = {
  /** For `/bin/sh -c`; default `exit 0`. */
  script?: string;
  region?: string;
  task?: TaskTemplate;
};

/** Below Cloud Run's 180 a minute. */
const RUNS_PER_MINUTE = 150;
const MINUTE_MS = 60_000;

/** Creates a job with `maxRetries: 0`. @returns its full name */
export async function createJob(subject: Subject, { script = 'exit 0', region, task }: JobSpec = {}): Promise<string> {
  const container = { image: subject.cloud.image, command: ['/bin/sh', '-c', script] };
  return createJobOf(subject, { containers: [container], ...task }, region);
}

export async function createJobOf(
  { cloud, scratch }: Pick<Subject, 'cloud' | 'scratch'>,
  task: TaskTemplate,
  region = cloud.region,
): Promise<string> {
  const { jobs } = cloud.clients(region);
  const parent = `projects/${cloud.project}/locations/${region}`;
  const jobId = scratch.name('job');
  const name = `${parent}/jobs/${jobId}`;
  const template = { maxRetries: 0, timeout: { seconds: 120 }, ...task };
  const create = async () => {
    const [operation] = await jobs.createJob({ parent, jobId, job: { template: { taskCount: 1, template } } });
    await operation.promise();
  };
  await scratch.create(name, create, () => deleteJob(cloud, name));
  return name;
}

/** Resolves when the job is gone. */
export async function deleteJob(cloud: VerifyCloud, name: string): Promise<void> {
  const [operation] = await cloud.clients(regionOf(name)).jobs.deleteJob({ name });
  await operation.promise();
}

const launches = new Map<string, number[]>();

/** `jobs.run` through the product's adapter, within the run quota. @returns the execution's full name */
export async function launch(
  { cloud, signal }: Pick<Subject, 'cloud' | 'signal'>,
  job: string,
  env: Record<string, string> = {},
): Promise<string> {
  const recent = recentLaunches(cloud, regionOf(job));
  const oldest = recent[recent.length - RUNS_PER_MINUTE];
  if (oldest !== undefined) await sleep(oldest + MINUTE_MS - Date.now(), undefined, { signal });
  recent.push(Date.now());
  return cloud.launcher.run({ job, env });
}

/** Waits until the region's last minute has no launches of this program. */
export async function quietMinute({ cloud, signal }: Pick<Subject, 'cloud' | 'signal'>, region: string): Promise<void> {
  const last = recentLaunches(cloud, region).at(-1);
  if (last !== undefined) await sleep(Math.max(0, last + MINUTE_MS + 1_000 - Date.now()), undefined, { signal });
}

function recentLaunches({ project }: VerifyCloud, region: string): number[] {
  const key = `${project}/${region}`;
  const recent = (launches.get(key) ?? []).filter((at) => at > Date.now() - MINUTE_MS);
  launches.set(key, recent);
  return recent;
}

/** The execution as the product sees it, once it has ended. */
export function ended({ cloud, signal }: Pick<Subject, 'cloud' | 'signal'>, execution: string): Promise<Execution> {
  return poll({ pollMs: cloud.pollMs, signal }, async () => {
    const found = await cloud.launcher.execution(execution);
    return found === undefined || found.outcome.state === 'RUNNING' ? undefined : found;
  });
}

/** Creates a job, runs it once and waits for its end. */
export async function runOnce(subject: Subject, spec: JobSpec): Promise<Execution> {
  return ended(subject, await launch(subject, await createJob(subject, spec)));
}

/** `projects/P/locations/R/…` → `R` */
export function regionOf(name: string): string {
  return name.split('/')[3] ?? '';
}
