import { SandboxError } from '../../../functions/core/sandbox/errors.ts';
import { parseOptions } from '../../../functions/core/sandbox/options/parse.ts';
import type { Issue } from '../../../functions/core/values/issues.ts';
import type { DeployedTenant, Deployment } from '../../contract/deployment.ts';
import { argsOf, commandOf, envOf, leastCpu, leastMemoryGiB, settingsOf } from './job-settings.ts';
import type { JobSettings, StackInput, TenantInput } from './schema.ts';

export function issueIf(isWrong: boolean, path: string, message: string): Issue[] {
  return isWrong ? [{ path, message }] : [];
}

/** What is wrong with a tenant's job. Paths start at the tenant. @param deployed the same tenant, with its names */
export function jobIssues(
  tenant: TenantInput,
  deployed: DeployedTenant,
  stack: StackInput,
  deployment: Deployment,
): Issue[] {
  const { job, jobId, serviceAccount } = tenant;
  if (job === 'existing') {
    const message = 'an existing job needs the e-mail of its service account, which gets the grants';
    return issueIf(serviceAccount === undefined, 'serviceAccount', message);
  }
  const settings = settingsOf(tenant, stack);
  const { image, workload } = settings;
  return [
    ...issueIf(jobId !== undefined, 'jobId', 'is for job: existing only'),
    ...issueIf(serviceAccount !== undefined, 'serviceAccount', 'is for job: existing only'),
    ...issueIf(image === undefined, 'job.image', 'missing, here and in jobs.image'),
    ...issueIf(workload === undefined, 'job.workload', 'missing, here and in jobs.workload'),
    ...sizeIssues(settings, stack),
    ...(workload === undefined ? [] : flagIssues(deployed, settings, deployment)),
  ];
}

function sizeIssues({ memoryGiB, cpu }: JobSettings, { maxEnvironmentBytes }: StackInput): Issue[] {
  const least = leastMemoryGiB(maxEnvironmentBytes);
  const memory = memoryGiB ?? least;
  const cpus = leastCpu(memory) ?? 0;
  const wanted = `expected at least ${least} for tar and tree of maxEnvironmentBytes, got ${memory}`;
  return [
    ...issueIf(memory < least, 'job.memoryGiB', wanted),
    ...issueIf((cpu ?? cpus) < cpus, 'job.cpu', `expected at least ${cpus} for ${memory} GiB, got ${cpu}`),
  ];
}

/** What the sandbox would refuse of the job's command line, by the sandbox's own parser. */
function flagIssues(deployed: DeployedTenant, settings: JobSettings, deployment: Deployment): Issue[] {
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
