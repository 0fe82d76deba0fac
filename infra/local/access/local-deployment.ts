import type { DeployedTenant, Deployment } from '../../contract/deployment.ts';
import { layout } from '../layout.ts';
import { sandboxJobName, serviceAccountOf } from '../provision/sandbox-job.ts';

/** Who may call the embedded cloud as a promoter, an operator or a viewer; its own callers are the owner. */
export const localPeople = {
  promoter: `promoter@${layout.project}.example`,
  operator: `operator@${layout.project}.example`,
  viewer: `viewer@${layout.project}.example`,
} as const;

/** The embedded cloud as a deployment with these tenants; its grants derive from it, as in Google Cloud. */
export function localDeployment(tenants: readonly Pick<DeployedTenant, 'runtime' | 'tenant'>[]): Deployment {
  const { project, region, buckets, runtime } = layout;
  const account = (name: string) => `pincast-${name}@${project}.iam.gserviceaccount.com`;
  return {
    project,
    projectNumber: '1',
    region,
    buckets: { ...buckets, environments: [buckets.environments], source: `${project}-source` },
    runtimes: [...new Set([runtime, ...tenants.map((one) => one.runtime)])].sort(),
    tenants: tenants.map(({ runtime, tenant }) => ({
      runtime,
      tenant,
      project,
      region,
      job: sandboxJobName(runtime, tenant).split('/').at(-1) ?? '',
      serviceAccount: serviceAccountOf(tenant),
      existingJob: false,
    })),
    identities: {
      fanOut: account('fan-out'),
      recheck: account('recheck'),
      receipt: account('receipt'),
      status: account('status'),
      push: account('push'),
      build: account('build'),
    },
    tenantGroups: {},
    promoters: [`user:${localPeople.promoter}`],
    operators: [`user:${localPeople.operator}`],
    viewers: [`user:${localPeople.viewer}`],
    github: [],
    limits: { maxEnvironmentBytes: 0 },
  };
}
