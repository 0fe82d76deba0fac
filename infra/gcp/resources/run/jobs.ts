import * as gcp from '@pulumi/gcp';
import { type DeployedTenant, type Deployment, jobName } from '../../../contract/deployment.ts';
import { argsOf, commandOf, envOf, jobSettings, leastCpu, leastMemoryGiB } from '../../input/job-settings.ts';
import type { JobSettings, StackInput } from '../../input/schema.ts';
import type { Handles } from '../handles.ts';

const TIMEOUT_SECONDS = 3_600;

/** Each tenant's sandbox, by `projects/P/locations/R/jobs/J`; existing jobs are left out. */
export function defineJobs(
  deployment: Deployment,
  input: StackInput,
  { accounts }: Pick<Handles, 'accounts'>,
): Map<string, gcp.cloudrunv2.Job> {
  const settingsOf = jobSettings(input);
  return new Map(
    deployment.tenants
      .filter(({ existingJob }) => !existingJob)
      .map((tenant) => {
        const dependsOn = accounts.get(tenant.serviceAccount);
        return [jobName(tenant), defineJob(tenant, deployment, settingsOf(tenant), dependsOn)] as const;
      }),
  );
}

function defineJob(
  tenant: DeployedTenant,
  deployment: Deployment,
  settings: JobSettings,
  dependsOn: gcp.serviceaccount.Account | undefined,
): gcp.cloudrunv2.Job {
  const { project, region, job, runtime, serviceAccount } = tenant;
  return new gcp.cloudrunv2.Job(
    `job/${runtime}/${tenant.tenant}`,
    {
      project,
      location: region,
      name: job,
      labels: { 'pincast-runtime': runtime, 'pincast-tenant': tenant.tenant },
      // The job holds no state: one `up` removes a tenant.
      deletionProtection: false,
      ...binaryAuthorization(settings),
      template: {
        taskCount: 1,
        parallelism: 1,
        template: {
          // Pincast retries by launching; receipts of another attempt are invalid.
          maxRetries: 0,
          timeout: `${settings.timeoutSeconds ?? TIMEOUT_SECONDS}s`,
          serviceAccount,
          executionEnvironment: 'EXECUTION_ENVIRONMENT_GEN2',
          containers: [container(tenant, deployment, settings)],
          ...vpcAccess(settings),
        },
      },
    },
    {
      ...(dependsOn && { dependsOn }),
      // The console and gcloud write their own names here when an operator touches the job.
      ignoreChanges: ['client', 'clientVersion'],
    },
  );
}

function container(tenant: DeployedTenant, deployment: Deployment, settings: JobSettings) {
  const memory = settings.memoryGiB ?? leastMemoryGiB(deployment.limits.maxEnvironmentBytes);
  return {
    image: settings.image ?? '',
    commands: commandOf(tenant, deployment),
    args: argsOf(tenant, deployment, settings),
    envs: Object.entries(envOf(settings, deployment)).map(([name, value]) => ({ name, value })),
    resources: { limits: { cpu: String(settings.cpu ?? leastCpu(memory)), memory: `${memory}Gi` } },
  };
}

function binaryAuthorization({ binaryAuthorization: policy }: JobSettings) {
  if (policy === undefined) return {};
  return { binaryAuthorization: policy === 'default' ? { useDefault: true } : { policy } };
}

/** Direct VPC. Everything leaves through the network unless a job says otherwise, so its firewall sees all of it. */
function vpcAccess({ network: settings }: JobSettings) {
  if (settings === undefined) return {};
  const { network, subnetwork, tags, egress = 'ALL_TRAFFIC' } = settings;
  return { vpcAccess: { egress, networkInterfaces: [{ network, subnetwork, ...(tags && { tags }) }] } };
}
