import type { Outcome } from './outcome.ts';

/** A Cloud Run execution, reduced to the fields that rules read. */
export type Execution = {
  /** `projects/P/locations/R/jobs/J/executions/E` */
  name: string;
  job: string;
  createdAt: string;
  /** From its environment variables; null in a console run. */
  launchId: string | null;
  revision: number | null;
  started: boolean;
  outcome: Outcome;
};

/** `…/executions/E` → `E`, the value of `CLOUD_RUN_EXECUTION` in the sandbox. */
export function executionId(execution: string): string {
  return execution.slice(execution.lastIndexOf('/') + 1);
}

export function executionName(job: string, id: string): string {
  return `${job}/executions/${id}`;
}

/** `projects/…/jobs/J/executions/E` → `projects/…/jobs/J` */
export function jobOf(execution: string): string {
  return execution.slice(0, execution.indexOf('/executions/'));
}

/** A parsed `projects/<project>/locations/<location>/jobs/<id>`. */
export type JobName = { project: string; location: string; id: string };

/** Parses the job in a job's or an execution's name. */
export function parseJobName(name: string): JobName {
  const [, project = '', , location = '', , id = ''] = name.split('/');
  return { project, location, id };
}

/**
 * True if both names are of one job.
 *
 * A project's number equals any project id, because Cloud Run accepts the number and answers with the id.
 */
export function isSameJob(one: string, other: string): boolean {
  const [a, b] = [parseJobName(one), parseJobName(other)];
  return a.id === b.id && a.location === b.location && isSameProject(a.project, b.project);
}

/** True if both names are of one execution of one job. */
export function isSameExecution(one: string, other: string): boolean {
  return isSameJob(one, other) && executionId(one) === executionId(other);
}

/** The name with the project as the caller spells it, because Cloud Run answers with the project's id. */
export function withProjectOf(asked: string, name: string): string {
  return name.replace(/^projects\/[^/]+\//, `projects/${parseJobName(asked).project}/`);
}

function isSameProject(one: string, other: string): boolean {
  return one === other || isNumber(one) !== isNumber(other);
}

function isNumber(project: string): boolean {
  return /^\d+$/.test(project);
}
