import type { JobsClient } from '@google-cloud/run';
import pMap from 'p-map';
import { names } from '#functions/core/records/object-names.ts';
import { recordKinds } from '#functions/core/records/record-kinds.ts';
import type { Tenant } from '#functions/core/records/tenant.ts';
import { FORMAT_VERSION } from '#functions/core/values/schemas.ts';
import type { JsonObjects } from '#functions/google/storage/json-objects.ts';
import { RecordCollection } from '#functions/google/storage/record-collection.ts';
import { storageTenants } from '#functions/google/storage/stores/tenants.ts';
import { sandboxJob, sandboxJobName, serviceAccountOf } from './sandbox-job.ts';

export type ProvisionDeps = {
  jobs: JobsClient;
  control: JsonObjects;
  /** The storage endpoint of an identity. */
  storageEndpointFor: (identity: string) => string;
  /** Grants what a deployment with this tenant grants. */
  grantAccess: (tenant: { runtime: string; tenant: string }) => void;
  /** The command of a tenant's sandbox; its program is in the environment's `bin`. */
  workload: readonly string[];
  /** After a restart jobs keep the workload that they have, instead of getting this one. */
  keepsWorkloads?: boolean | undefined;
  /** The directory of the sandboxes' compiled code. */
  compileCache: string;
};

const NOT_FOUND = 5;
const CONCURRENCY = 25;

/** Creates a tenant's permissions, job and registration, as infra/gcp does at deploy time. */
export async function provisionTenant(
  runtime: string,
  tenant: string,
  deps: ProvisionDeps,
): Promise<Tenant | 'exists'> {
  const job = await provisionSandbox(runtime, tenant, deps);
  const registration: Tenant = { formatVersion: FORMAT_VERSION, runtime, tenant, job, wave: null };
  const created = await deps.control.create(names.tenant(runtime, tenant), registration);
  return created === 'exists' ? 'exists' : registration;
}

/** Updates the jobs after a restart, because their commands contain the storage port, which may have changed. */
export async function renewSandboxes(deps: ProvisionDeps): Promise<void> {
  const { records } = await new RecordCollection(deps.control, recordKinds.tenant).list(names.allTenants);
  const ours = records
    .map(({ value }) => value)
    .filter(({ runtime, tenant, job }) => job === sandboxJobName(runtime, tenant));
  const renew = async ({ runtime, tenant, job }: Tenant) => {
    const args = deps.keepsWorkloads === true ? await argsOf(job, deps.jobs) : undefined;
    return provisionSandbox(runtime, tenant, deps, args);
  };
  await pMap(ours, renew, { concurrency: CONCURRENCY });
}

/** The arguments of a job, which hold its workload; undefined if the job is absent. */
async function argsOf(name: string, jobs: JobsClient): Promise<string[] | undefined> {
  const [job] = await ifFound(jobs.getJob({ name }), [undefined]);
  return job?.template?.template?.containers?.[0]?.args ?? undefined;
}

/** Creates or updates permissions and job. @returns the name of the job. */
async function provisionSandbox(
  runtime: string,
  tenant: string,
  deps: ProvisionDeps,
  keptArgs?: readonly string[],
): Promise<string> {
  const identity = serviceAccountOf(tenant);
  deps.grantAccess({ runtime, tenant });
  const { workload, compileCache } = deps;
  const storageEndpoint = deps.storageEndpointFor(identity);
  const job = sandboxJob({ runtime, tenant, storageEndpoint, compileCache, workload });
  const { name, command, serviceAccount } = job;
  const args = [...(keptArgs ?? job.args)];
  const containers = [{ image: 'pincast-sandbox:local', command, args }];
  const task = { containers, maxRetries: 0, serviceAccount, timeout: { seconds: 3600 } };
  await deps.jobs.updateJob({ job: { name, template: { taskCount: 1, template: task } }, allowMissing: true });
  return name;
}

/** Removes the registration first, because it ends the launches; then the job. */
export async function removeTenant(
  runtime: string,
  tenant: string,
  deps: ProvisionDeps,
): Promise<'removed' | 'absent'> {
  const removed = await storageTenants(deps.control).remove(runtime, tenant);
  if (removed !== 'removed') return 'absent';
  await deleteJob(sandboxJobName(runtime, tenant), deps.jobs);
  return 'removed';
}

/** Deletes the job; it may be absent already. */
async function deleteJob(name: string, jobs: JobsClient): Promise<void> {
  await ifFound(jobs.deleteJob({ name }), undefined);
}

async function ifFound<T, Absent>(call: Promise<T>, absent: Absent): Promise<T | Absent> {
  try {
    return await call;
  } catch (error) {
    if ((error as { code?: number }).code !== NOT_FOUND) throw error;
    return absent;
  }
}
