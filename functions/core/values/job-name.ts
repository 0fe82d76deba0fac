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

function executionId(name: string): string | undefined {
  return name.split('/')[7];
}

function isSameProject(one: string, other: string): boolean {
  return one === other || isNumber(one) !== isNumber(other);
}

function isNumber(project: string): boolean {
  return /^\d+$/.test(project);
}
