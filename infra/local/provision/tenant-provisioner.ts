import type { JobsClient } from '@google-cloud/run';
import type { Grant } from '@pincast/emulators/storage';
import pMap from 'p-map';
import { names } from '#functions/core/records/object-names.ts';
import { recordKinds } from '#functions/core/records/record-kinds.ts';
import type { Tenant } from '#functions/core/records/tenant.ts';
import { FORMAT_VERSION } from '#functions/core/values/schemas.ts';
import type { JsonObjects } from '#functions/google/storage/json-objects.ts';
import { RecordCollection } from '#functions/google/storage/record-collection.ts';
import { storageTenants } from '#functions/google/storage/stores/tenants.ts';
import { layout } from '../layout.ts';
import { sandboxJob, sandboxJobName, serviceAccountOf } from './sandbox-job.ts';

export type ProvisionDeps = {
  jobs: JobsClient;
  control: JsonObjects;
  /** Where this identity finds Cloud Storage. */
  storageEndpointFor: (identity: string) => string;
  grant: (grant: Grant) => void;
  /** What a tenant's sandbox runs, from its environment's `bin`. */
  workload: readonly string[];
  /** Where the sandboxes' Node keeps compiled code. */
  compileCache: string;
};

const NOT_FOUND = 5;
const CONCURRENCY = 25;

/** What infra/gcp does for a tenant at deploy time: its identity's permissions, its job, its registration. */
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

/** After a restart: storage may listen on another port, which stands in the command of every job that was made here. */
export async function renewSandboxes(deps: ProvisionDeps): Promise<void> {
  const { records } = await new RecordCollection(deps.control, recordKinds.tenant).list(names.allTenants);
  const ours = records
    .map(({ value }) => value)
    .filter(({ runtime, tenant, job }) => job === sandboxJobName(runtime, tenant));
  await pMap(ours, ({ runtime, tenant }) => provisionSandbox(runtime, tenant, deps), { concurrency: CONCURRENCY });
}

/** Returns the job's name. Done again, it brings job and permissions up to date. */
async function provisionSandbox(runtime: string, tenant: string, deps: ProvisionDeps): Promise<string> {
  const identity = serviceAccountOf(tenant);
  for (const grant of grantsOf(identity, runtime, tenant)) deps.grant(grant);
  const { workload, compileCache } = deps;
  const storageEndpoint = deps.storageEndpointFor(identity);
  const job = sandboxJob({ runtime, tenant, storageEndpoint, compileCache, workload });
  const { name, command, args, serviceAccount } = job;
  const containers = [{ image: 'pincast-sandbox:local', command, args }];
  const task = { containers, maxRetries: 0, serviceAccount, timeout: { seconds: 3600 } };
  await deps.jobs.updateJob({ job: { name, template: { taskCount: 1, template: task } }, allowMissing: true });
  return name;
}

/** The registration goes first: without it nothing is launched any more. */
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

/** A tenant may have been registered with a job that is not there (any more). */
async function deleteJob(name: string, jobs: JobsClient): Promise<void> {
  try {
    await jobs.deleteJob({ name });
  } catch (error) {
    if ((error as { code?: number }).code !== NOT_FOUND) throw error;
  }
}
