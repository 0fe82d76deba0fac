import { SandboxError } from '../../../functions/core/sandbox/errors.ts';
import { parseOptions } from '../../../functions/core/sandbox/options/parse.ts';
import type { Issue } from '../../../functions/core/values/issues.ts';
import { type DeployedTenant, type Deployment, jobName } from '../../contract/deployment.ts';
import { policyIssues } from '../../contract/policies.ts';
import { deploymentOf } from './deployment.ts';
import { argsOf, commandOf, envOf, leastCpu, leastMemoryGiB, settingsOf } from './job-settings.ts';
import type { StackInput, TenantInput } from './schema.ts';

const MAX_BUCKET_NAME = 63;

/** What is wrong between the fields of an input. */
export function checkStack(input: StackInput): Issue[] {
  const deployment = deploymentOf(input);
  return [
    ...bucketIssues(deployment),
    ...duplicateIssues(deployment),
    ...groupIssues(input, deployment),
    ...memoryIssues(input),
    ...policyIssues(deployment),
    ...input.tenants.flatMap((tenant, index) => tenantIssues(tenant, `tenants.${index}`, input, deployment)),
  ];
}

function bucketIssues({ buckets }: Deployment): Issue[] {
  const { environments, ...own } = buckets;
  const names = [...Object.values(own), ...environments];
  const long = names.filter((name) => name.length > MAX_BUCKET_NAME);
  const repeated = environments.filter(
    (name, index) => names.indexOf(name) !== names.length - environments.length + index,
  );
  return [
    ...long.map((name) => ({
      path: 'bucketPrefix',
      message: `${name} has more than ${MAX_BUCKET_NAME} characters: give a shorter prefix`,
    })),
    ...repeated.map((name) => ({
      path: 'environmentBuckets',
      message: `${name} is given twice, or is a bucket of this deployment`,
    })),
  ];
}

/** Two tenants with one job, or one account, would run and write as each other. */
function duplicateIssues({ tenants, identities }: Deployment): Issue[] {
  const ofControl = new Set<string>(Object.values(identities));
  return [
    ...repeats(tenants, nameOf, (name) => `${name} is given twice`),
    ...repeats(
      tenants,
      jobName,
      (job, first, second) => `${first} and ${second} would both have the job ${job}: rename one`,
    ),
    ...repeats(
      uniqueBy(tenants, ({ tenant, serviceAccount }) => `${tenant} ${serviceAccount}`),
      ({ serviceAccount }) => serviceAccount,
      (account, first, second) => `${first} and ${second} would both have the account ${account}: give each its own`,
    ),
    ...tenants
      .filter(({ serviceAccount }) => ofControl.has(serviceAccount))
      .map((tenant) => ({
        path: 'tenants',
        message: `${nameOf(tenant)} has ${tenant.serviceAccount}, an account of the control plane`,
      })),
  ];
}

function repeats(
  tenants: readonly DeployedTenant[],
  keyOf: (tenant: DeployedTenant) => string,
  describe: (key: string, first: string, second: string) => string,
): Issue[] {
  const seen = new Map<string, DeployedTenant>();
  return tenants.flatMap((tenant) => {
    const key = keyOf(tenant);
    const first = seen.get(key);
    seen.set(key, first ?? tenant);
    return first === undefined ? [] : [{ path: 'tenants', message: describe(key, nameOf(first), nameOf(tenant)) }];
  });
}

function uniqueBy<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}

function nameOf({ runtime, tenant }: DeployedTenant): string {
  return `${runtime}/${tenant}`;
}

function groupIssues({ tenantGroups }: StackInput, { runtimes }: Deployment): Issue[] {
  return Object.keys(tenantGroups)
    .filter((runtime) => !runtimes.includes(runtime))
    .map((runtime) => ({
      path: `tenantGroups.${runtime}`,
      message: 'no tenant and no entry of runtimes names this runtime',
    }));
}

function memoryIssues({ maxEnvironmentBytes }: StackInput): Issue[] {
  const memory = leastMemoryGiB(maxEnvironmentBytes);
  if (leastCpu(memory) !== undefined) return [];
  return [
    {
      path: 'maxEnvironmentBytes',
      message: `tar, tree and processes would need ${memory} GiB; Cloud Run's most is 32 GiB`,
    },
  ];
}

function tenantIssues(tenant: TenantInput, path: string, stack: StackInput, deployment: Deployment): Issue[] {
  const issues = tenant.job === 'existing' ? existingJobIssues(tenant) : managedJobIssues(tenant, stack, deployment);
  return issues.map((issue) => ({ ...issue, path: `${path}.${issue.path}` }));
}

function existingJobIssues({ serviceAccount }: TenantInput): Issue[] {
  if (serviceAccount !== undefined) return [];
  return [
    {
      path: 'serviceAccount',
      message: 'an existing job needs the e-mail of its service account, which gets the grants',
    },
  ];
}

function managedJobIssues(tenant: TenantInput, stack: StackInput, deployment: Deployment): Issue[] {
  const settings = settingsOf(tenant, stack);
  const least = leastMemoryGiB(stack.maxEnvironmentBytes);
  const { memoryGiB = least, cpu, image, workload } = settings;
  const leastForMemory = leastCpu(memoryGiB);
  const only = (field: 'jobId' | 'serviceAccount') =>
    tenant[field] === undefined ? [] : [{ path: field, message: 'is for job: existing only' }];
  return [
    ...only('jobId'),
    ...only('serviceAccount'),
    ...(image === undefined ? [{ path: 'job.image', message: 'missing, here and in jobs.image' }] : []),
    ...(workload === undefined ? [{ path: 'job.workload', message: 'missing, here and in jobs.workload' }] : []),
    ...(memoryGiB < least
      ? [
          {
            path: 'job.memoryGiB',
            message: `expected at least ${least} for tar and tree of maxEnvironmentBytes, got ${memoryGiB}`,
          },
        ]
      : []),
    ...(cpu !== undefined && leastForMemory !== undefined && cpu < leastForMemory
      ? [{ path: 'job.cpu', message: `expected at least ${leastForMemory} for ${memoryGiB} GiB, got ${cpu}` }]
      : []),
    ...(workload === undefined ? [] : flagIssues(tenant, settings, deployment)),
  ];
}

/** What the sandbox would refuse of the job's command line, by the sandbox's own parser. */
function flagIssues(
  { runtime, tenant }: TenantInput,
  settings: ReturnType<typeof settingsOf>,
  deployment: Deployment,
): Issue[] {
  const deployed = deployment.tenants.find((one) => one.runtime === runtime && one.tenant === tenant);
  if (deployed === undefined) return [];
  const command = commandOf(deployed, deployment);
  const flags = command.slice(command.findIndex((word) => word.endsWith('.mjs')) + 1);
  const env = { ...envOf(settings, deployment), CLOUD_RUN_JOB: deployed.job, CLOUD_RUN_EXECUTION: `${deployed.job}-x` };
  try {
    parseOptions([...flags, ...argsOf(deployed, deployment, settings)], env, '/workspace');
    return [];
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    return [{ path: 'job.args', message: error.message }];
  }
}
