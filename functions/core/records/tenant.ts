import * as v from 'valibot';
import { parseJobName } from '../values/execution.ts';
import { formatVersion, identifier, runtimeName } from '../values/schemas.ts';

/** Project ids only, also with a domain (`example.com:fleet`), because Cloud Run answers with ids, never with numbers. */
const JOB =
  /^projects\/([a-z][a-z0-9.-]*:)?[a-z][a-z0-9-]*\/locations\/[a-z][a-z0-9-]*\/jobs\/[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const PROJECT_NUMBER = /^projects\/\d+\//;

function describeInvalidJob({ input }: v.BaseIssue<unknown>): string {
  const got = JSON.stringify(String(input).slice(0, 200));
  const wanted = `expected projects/<project id>/locations/<region>/jobs/<job>, got ${got}`;
  return PROJECT_NUMBER.test(String(input)) ? `${wanted}: write the project's id instead of its number` : wanted;
}

/** `tenants/<runtime>/<tenant>.json`: the registration of a tenant and of the Cloud Run job that is its sandbox. */
export const tenantSchema = v.object({
  formatVersion,
  runtime: runtimeName,
  tenant: identifier,
  job: v.pipe(v.string(), v.regex(JOB, describeInvalidJob)),
  wave: v.nullable(v.string()),
});
export type Tenant = v.InferOutput<typeof tenantSchema>;

export type ProjectRegion = { project: string; region: string };

/** The project and region whose quota the job's launches use. */
export function projectRegion(job: string): ProjectRegion {
  const { project, location } = parseJobName(job);
  return { project, region: location };
}

/** `projects/P/locations/R/jobs/J…` → `projects/P/locations/R` */
export function locationOf(resource: string): string {
  return resource.split('/', 4).join('/');
}
