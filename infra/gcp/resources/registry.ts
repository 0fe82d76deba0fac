import * as gcp from '@pulumi/gcp';
import { type Deployment, jobName } from '../../contract/deployment.ts';
import type { Handles } from './handles.ts';
import { registrationObject } from './records.ts';

/**
 * The registration of each tenant. It comes after the job, so Pincast launches no absent one, and goes before it, so no launch
 * meets a deleted one.
 */
export function defineRegistry(
  { buckets, tenants }: Deployment,
  { buckets: made, jobs }: Pick<Handles, 'buckets' | 'jobs'>,
): void {
  for (const deployed of tenants) {
    const { runtime, tenant } = deployed;
    const dependsOn = [made.get(buckets.control), jobs.get(jobName(deployed))].filter((one) => one !== undefined);
    const args = { bucket: buckets.control, ...registrationObject(deployed) };
    new gcp.storage.BucketObject(`registration/${runtime}/${tenant}`, args, { dependsOn });
  }
}
