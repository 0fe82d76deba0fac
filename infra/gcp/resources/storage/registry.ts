import * as gcp from '@pulumi/gcp';
import { type Deployment, jobName } from '../../../contract/deployment.ts';
import type { Grant } from '../../../contract/grants.ts';
import type { MadeGrant } from '../access/grants.ts';
import type { Handles } from '../handles.ts';
import { registrationObject } from './records.ts';

/**
 * The registration of each tenant.
 *
 * It comes after the tenant's job and the grants of both, so that Pincast's first launch meets neither an absent job nor a 403. It
 * goes before them, so that no launch meets a deleted job.
 */
export function defineRegistry(
  { buckets, tenants }: Deployment,
  { buckets: made, jobs }: Pick<Handles, 'buckets' | 'jobs'>,
  granted: readonly MadeGrant[],
): void {
  const grants = Map.groupBy(granted, ({ grant }) => subjectOf(grant));
  for (const deployed of tenants) {
    const { runtime, tenant, serviceAccount } = deployed;
    const job = jobName(deployed);
    const needed = [job, serviceAccount].flatMap((subject) => grants.get(subject) ?? []);
    const dependsOn = [made.get(buckets.control), jobs.get(job), ...needed.map((one) => one.made)];
    const args = { bucket: buckets.control, ...registrationObject(deployed) };
    // The provider replaces a changed object and deletes by name: the other way round it would delete the new one.
    const options = { dependsOn: dependsOn.filter((one) => one !== undefined), deleteBeforeReplace: true };
    new gcp.storage.BucketObject(`registration/${runtime}/${tenant}`, args, options);
  }
}

/** The job or the tenant's account that a grant is about; undefined for a grant of the control plane. */
function subjectOf({ principal, resource }: Grant): string | undefined {
  if (resource.kind === 'job') return jobName(resource);
  return principal.kind === 'tenant' ? principal.serviceAccount : undefined;
}
