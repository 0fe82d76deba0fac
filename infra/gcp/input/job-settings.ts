import { pinnedCommand } from '../../../functions/core/sandbox/pinned-command.ts';
import type { DeployedTenant, Deployment } from '../../contract/deployment.ts';
import type { JobSettings, StackInput, TenantInput } from './schema.ts';

const GIB = 1024 ** 3;
/** The entrypoint's and the workload's own memory, beside the files: Cloud Run's file system is memory. */
const PROCESS_BYTES = GIB / 2;
const MAX_GIB = 32;

/** Where infra/sandbox/Dockerfile puts things. */
const IMAGE = {
  init: ['/usr/local/bin/tini', '--'],
  node: '/usr/local/bin/node',
  entrypoint: '/opt/pincast/pincast-sandbox.mjs',
  path: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  workloadUid: 1000,
};

/** The settings of a managed job: the tenant's own, then the stack's. */
export function settingsOf(input: TenantInput, stack: Pick<StackInput, 'jobs'>): JobSettings {
  const own = input.job === 'existing' ? {} : input.job;
  return { ...stack.jobs, ...own };
}

/** The settings of each tenant's job, by the tenant. */
export function jobSettings(stack: Pick<StackInput, 'jobs' | 'tenants'>): (tenant: DeployedTenant) => JobSettings {
  const settings = new Map(stack.tenants.map((own) => [`${own.runtime}/${own.tenant}`, settingsOf(own, stack)]));
  return ({ runtime, tenant }) => settings.get(`${runtime}/${tenant}`) ?? stack.jobs;
}

/** The least memory that holds the tar and its tree at the same time, in GiB. */
export function leastMemoryGiB(maxEnvironmentBytes: number): number {
  return Math.ceil((2 * maxEnvironmentBytes + PROCESS_BYTES) / GIB);
}

/**
 * The fewest CPUs that Cloud Run gives so much memory to; undefined if it gives so much to no job.
 *
 * Spec: 4 GiB for 1 CPU, 8 for 2, 16 for 4, 32 for 8.
 */
export function leastCpu(memoryGiB: number): 1 | 2 | 4 | 8 | undefined {
  return ([1, 2, 4, 8] as const).find((cpu) => cpu * 4 >= memoryGiB && memoryGiB <= MAX_GIB);
}

/** The command of a tenant's job, which no launch can override: it selects ledger, identity and user. */
export function commandOf({ runtime, tenant }: DeployedTenant, { buckets }: Pick<Deployment, 'buckets'>): string[] {
  const { pins, assignments, receipts } = buckets;
  return pinnedCommand({ ...IMAGE, tenant, runtime, pins, assignments, receipts });
}

/**
 * The arguments of a tenant's job, which a launch may override: where results go, the sandbox's flags, the workload. The
 * sandbox gives each run's archive a name of its own below the URL.
 */
export function argsOf(
  { runtime, tenant }: DeployedTenant,
  { buckets }: Pick<Deployment, 'buckets'>,
  { args = [], workload = [] }: JobSettings,
): string[] {
  return ['--results-upload-url', `gs://${buckets.results}/${tenant}/${runtime}/`, ...args, '--', ...workload];
}

/** The variables of a tenant's job. The cap is the control plane's: a tar that it promotes fits into the memory. */
export function envOf({ env = {} }: JobSettings, { limits }: Pick<Deployment, 'limits'>): Record<string, string> {
  return { PINCAST_MAX_ENVIRONMENT_BYTES: String(limits.maxEnvironmentBytes), ...env };
}
