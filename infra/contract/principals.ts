import { githubMember } from './conditions.ts';
import type { Deployment } from './deployment.ts';

type PersonKind = 'promoter' | 'operator' | 'viewer';
type ServiceKind = 'fanOut' | 'recheck' | 'receipt' | 'status' | 'push' | 'build';
/** Google's own service agents. Cloud Scheduler publishes to Pub/Sub as its agent; its jobs have no account of their own. */
type AgentKind = 'schedulerAgent' | 'pubsubAgent' | 'storageAgent';

/** The holder of a grant. A `tenantGroup` is the Google group that holds the accounts of a runtime's tenants. */
export type Principal =
  | { kind: PersonKind | ServiceKind | AgentKind }
  | { kind: 'tenant'; tenant: string; serviceAccount: string }
  | { kind: 'tenantGroup'; runtime: string; group: string };

/** The principal as tables and resource names show it, unique within a deployment. */
export function principalName(principal: Principal): string {
  switch (principal.kind) {
    case 'tenant':
      return `tenant ${principal.tenant} (${principal.serviceAccount})`;
    case 'tenantGroup':
      return `tenants of ${principal.runtime} (${principal.group})`;
    default:
      return principal.kind;
  }
}

/** The IAM members of a principal: none where a deployment names no such person. */
export function membersOf(principal: Principal, deployment: Deployment): readonly string[] {
  const { identities, projectNumber, github } = deployment;
  switch (principal.kind) {
    case 'tenant':
      return [`serviceAccount:${principal.serviceAccount}`];
    case 'tenantGroup':
      return [`group:${principal.group}`];
    case 'promoter':
      return [...deployment.promoters, ...github.map(({ repository }) => githubMember(projectNumber, repository))];
    case 'operator':
      return deployment.operators;
    case 'viewer':
      return deployment.viewers;
    case 'schedulerAgent':
      return [agent(projectNumber, 'gcp-sa-cloudscheduler')];
    case 'pubsubAgent':
      return [agent(projectNumber, 'gcp-sa-pubsub')];
    case 'storageAgent':
      return [agent(projectNumber, 'gs-project-accounts')];
    default:
      return [`serviceAccount:${identities[principal.kind]}`];
  }
}

function agent(projectNumber: string, service: string): string {
  return `serviceAccount:service-${projectNumber}@${service}.iam.gserviceaccount.com`;
}
