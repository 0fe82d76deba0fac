import type { JobsClient } from '@google-cloud/run';
import { names } from '../../functions/core/object-names.ts';
import { FORMAT_VERSION } from '../../functions/core/record.ts';
import type { Tenant } from '../../functions/core/tenant.ts';
import type { JsonObjects } from '../../functions/google/json-objects.ts';
import { layout } from './layout.ts';
import { sandboxJob, serviceAccountOf } from './sandbox-job.ts';
import type { Grant } from './storage/server.ts';

export type ProvisionDeps = {
  jobs: JobsClient;
  control: JsonObjects;
  /** Where this identity finds Cloud Storage. */
  storageEndpointFor: (identity: string) => string;
  grant: (grant: Grant) => void;
  /** What a tenant's sandbox runs, from its environment's `bin`. */
  workload: readonly string[];
};

const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;

/** What infra/gcp does for a tenant at deploy time: its identity's permissions, its job, its registration. */
export async function provisionTenant(
  runtime: string,
  tenant: string,
  deps: ProvisionDeps,
): Promise<Tenant | 'exists'> {
  const identity = serviceAccountOf(tenant);
  for (const grant of grantsOf(identity, runtime, tenant)) deps.grant(grant);
  const job = sandboxJob(runtime, tenant, deps.storageEndpointFor(identity), deps.workload);
  await createJob(job, deps.jobs);
  const registration: Tenant = { formatVersion: FORMAT_VERSION, runtime, tenant, job: job.name, wave: null };
  const created = await deps.control.create(names.tenant(runtime, tenant), registration);
  return created === 'exists' ? 'exists' : registration;
}

/** The registration goes first: without it nothing is launched any more. */
export async function removeTenant(
  runtime: string,
  tenant: string,
  deps: ProvisionDeps,
): Promise<'removed' | 'absent'> {
  const stored = await deps.control.read(names.tenant(runtime, tenant));
  if (stored === undefined) return 'absent';
  await deps.control.delete(names.tenant(runtime, tenant), stored.generation);
  const { job } = JSON.parse(stored.value) as Tenant;
  await deleteJob(job, deps.jobs);
  return 'removed';
}

/** A tenant gets (never lists) what it must read, and creates in its own folders; nothing else. */
function grantsOf(identity: string, runtime: string, tenant: string): Grant[] {
  const { pins, assignments, environments, receipts, results } = layout.buckets;
  const read = (bucket: string, prefix: string): Grant => ({
    identity,
    bucket,
    prefix,
    permissions: ['storage.objects.get'],
  });
  const create = (bucket: string): Grant => ({
    identity,
    bucket,
    prefix: `${tenant}/`,
    permissions: ['storage.objects.create'],
  });
  return [read(pins, ''), read(assignments, ''), read(environments, `${runtime}/`), create(receipts), create(results)];
}

async function createJob(job: ReturnType<typeof sandboxJob>, jobs: JobsClient): Promise<void> {
  const { parent, jobId, command, args, serviceAccount } = job;
  const containers = [{ image: 'pincast-sandbox:local', command, args }];
  const task = { containers, maxRetries: 0, serviceAccount, timeout: { seconds: 3600 } };
  try {
    await jobs.createJob({ parent, jobId, job: { template: { taskCount: 1, template: task } } });
  } catch (error) {
    if ((error as { code?: number }).code !== ALREADY_EXISTS) throw error;
  }
}

/** A tenant may have been registered with a job that is not there (any more). */
async function deleteJob(name: string, jobs: JobsClient): Promise<void> {
  try {
    await jobs.deleteJob({ name });
  } catch (error) {
    if ((error as { code?: number }).code !== NOT_FOUND) throw error;
  }
}
