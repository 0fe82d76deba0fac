import type { Issue } from '../../../functions/core/values/issues.ts';
import { type DeployedTenant, type Deployment, jobName } from '../../contract/deployment.ts';
import { policyIssues } from '../../contract/policies.ts';
import { issueIf, jobIssues } from './check-job.ts';
import { deploymentOf } from './deployment.ts';
import { leastCpu, leastMemoryGiB } from './job-settings.ts';
import type { StackInput } from './schema.ts';

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
    ...tenantIssues(input, deployment),
  ];
}

function bucketIssues({ buckets }: Deployment): Issue[] {
  const { environments, ...own } = buckets;
  const names = [...Object.values(own), ...environments];
  const isRepeated = (name: string, index: number) =>
    names.indexOf(name) !== names.length - environments.length + index;
  const tooLong = `has more than ${MAX_BUCKET_NAME} characters: give a shorter prefix`;
  const repeated = 'is given twice, or is a bucket of this deployment';
  return [
    ...names.flatMap((name) => issueIf(name.length > MAX_BUCKET_NAME, 'bucketPrefix', `${name} ${tooLong}`)),
    ...environments.flatMap((name, index) =>
      issueIf(isRepeated(name, index), 'environmentBuckets', `${name} ${repeated}`),
    ),
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
    ...tenants.flatMap((tenant) => {
      const message = `${nameOf(tenant)} has ${tenant.serviceAccount}, an account of the control plane`;
      return issueIf(ofControl.has(tenant.serviceAccount), 'tenants', message);
    }),
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

function nameOf({ runtime, tenant }: { runtime: string; tenant: string }): string {
  return `${runtime}/${tenant}`;
}

function groupIssues({ tenantGroups }: StackInput, { runtimes }: Deployment): Issue[] {
  const message = 'no tenant and no entry of runtimes names this runtime';
  return Object.keys(tenantGroups).flatMap((runtime) =>
    issueIf(!runtimes.includes(runtime), `tenantGroups.${runtime}`, message),
  );
}

function memoryIssues({ maxEnvironmentBytes }: StackInput): Issue[] {
  const memory = leastMemoryGiB(maxEnvironmentBytes);
  const message = `tar, tree and processes would need ${memory} GiB; Cloud Run's most is 32 GiB`;
  return issueIf(leastCpu(memory) === undefined, 'maxEnvironmentBytes', message);
}

function tenantIssues(stack: StackInput, deployment: Deployment): Issue[] {
  const named = new Map(deployment.tenants.map((deployed) => [nameOf(deployed), deployed]));
  return stack.tenants.flatMap((tenant, index) => {
    const deployed = named.get(nameOf(tenant));
    const issues = deployed === undefined ? [] : jobIssues(tenant, deployed, stack, deployment);
    return issues.map((issue) => ({ ...issue, path: `tenants.${index}.${issue.path}` }));
  });
}
