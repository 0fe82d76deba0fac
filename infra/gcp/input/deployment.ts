import type { DeployedTenant, Deployment } from '../../contract/deployment.ts';
import {
  accountEmail,
  bucketNames,
  controlIdentities,
  sandboxAccountId,
  sandboxJobId,
} from '../../contract/resource-names.ts';
import type { StackInput, TenantInput } from './schema.ts';

/** The deployment that an input describes; every name is derived here. */
export function deploymentOf(input: StackInput): Deployment {
  const { project, projectNumber, region, promoters, operators, viewers, github, tenantGroups } = input;
  const { maxEnvironmentBytes, runsPerMinute, maxRunning } = input;
  const { environments, ...buckets } = bucketNames(input.bucketPrefix ?? `${project.replaceAll(/[.:]/g, '-')}-pincast`);
  return {
    project,
    projectNumber,
    region,
    buckets: { ...buckets, environments: [environments, ...input.environmentBuckets] },
    runtimes: [...new Set([...input.runtimes, ...input.tenants.map(({ runtime }) => runtime)])].sort(),
    tenants: input.tenants.map((tenant) => deployedTenant(tenant, input)).sort(byRuntimeAndTenant),
    identities: controlIdentities(project),
    tenantGroups,
    promoters,
    operators,
    viewers,
    github,
    limits: {
      maxEnvironmentBytes,
      ...(runsPerMinute !== undefined && { runsPerMinute }),
      ...(maxRunning !== undefined && { maxRunning }),
    },
  };
}

function deployedTenant(input: TenantInput, stack: StackInput): DeployedTenant {
  const { runtime, tenant, wave, project = stack.project, region = stack.region } = input;
  return {
    runtime,
    tenant,
    project,
    region,
    job: input.jobId ?? sandboxJobId(runtime, tenant),
    serviceAccount: input.serviceAccount ?? accountEmail(sandboxAccountId(tenant), project),
    ...(wave !== undefined && { wave }),
    existingJob: input.job === 'existing',
  };
}

function byRuntimeAndTenant(one: DeployedTenant, other: DeployedTenant): number {
  return compare(one.runtime, other.runtime) || compare(one.tenant, other.tenant);
}

/** By code units, so that every machine has the same order. */
function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
