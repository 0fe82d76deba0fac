/** Names of Cloud Run resources: `projects/P/locations/R/jobs/J/executions/E/tasks/T`. */
export type Location = { project: string; location: string; name: string };

const SEGMENT = '[^/]{1,128}';
const LOCATION = new RegExp(`^projects/(${SEGMENT})/locations/(${SEGMENT})$`);
const JOB = new RegExp(`^(projects/${SEGMENT}/locations/${SEGMENT})/jobs/(${SEGMENT})$`);
const TASK = new RegExp(
  `^(projects/${SEGMENT}/locations/${SEGMENT}/jobs/${SEGMENT}/executions/${SEGMENT})/tasks/(${SEGMENT})$`,
);
const JOB_ID = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

export type Child = { parent: string; id: string };

function child(pattern: RegExp, name: string): Child | undefined {
  const match = pattern.exec(name);
  return match?.[1] && match[2] ? { parent: match[1], id: match[2] } : undefined;
}

export function parseLocation(name: string): Location | undefined {
  const match = LOCATION.exec(name);
  return match?.[1] && match[2] ? { project: match[1], location: match[2], name } : undefined;
}

export const parseJob = (name: string): Child | undefined => child(JOB, name);
export const parseTask = (name: string): Child | undefined => child(TASK, name);

/** A job id is a DNS label: it becomes the prefix of its executions' names. */
export const isJobId = (id: string): boolean => JOB_ID.test(id);

/** `projects/P/locations/R` of any resource below it. */
export const locationOf = (name: string): string => name.split('/').slice(0, 4).join('/');

export const projectOf = (name: string): string => name.split('/')[1] ?? '';

/** The last segment of a name. */
export const idOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

export const taskName = (execution: string, index: number): string =>
  `${execution}/tasks/${idOf(execution)}-task${index}`;
