import * as v from 'valibot';
import { formatVersion, identifier } from './record.ts';

/** `tenants/<runtime>/<tenant>.json`: who belongs to a fleet, and the Cloud Run job that is this tenant's sandbox. */
export const tenantSchema = v.object({
  formatVersion,
  runtime: identifier,
  tenant: identifier,
  job: v.pipe(
    v.string(),
    v.regex(/^projects\/[^/]+\/locations\/[^/]+\/jobs\/[^/]+$/, 'expected projects/P/locations/R/jobs/J'),
  ),
  wave: v.nullable(v.string()),
});
export type Tenant = v.InferOutput<typeof tenantSchema>;

export type ProjectRegion = { project: string; region: string };

/** Where a job's launches are counted against the quota. */
export function projectRegion(job: string): ProjectRegion {
  const [, project = '', , region = ''] = job.split('/');
  return { project, region };
}
