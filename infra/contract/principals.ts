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

/** What each kind of principal does. */
export const purposes: Readonly<Record<Principal['kind'], string>> = {
  promoter: 'CI and people who promote: uploads environments, publishes promotions, follows them',
  operator: 'people on call: controls, rechecks, console runs, registrations, dead letters',
  viewer: 'people who read the state of the fleet',
  fanOut: 'the function that records promotions and launches tenants',
  recheck: 'the function that reconciles on a schedule and scans for orphans',
  receipt: 'the function that records verdicts',
  status: 'the function that shows the fleet; it writes nothing',
  push: 'Pub/Sub invokes the functions with its tokens',
  build: 'Cloud Build makes the functions with it',
  schedulerAgent: "Cloud Scheduler's agent, which asks for rechecks",
  pubsubAgent: "Pub/Sub's agent, which makes push tokens and forwards dead letters",
  storageAgent: "Cloud Storage's agent, which announces receipts",
  tenant: "a tenant's sandbox and its workload",
  tenantGroup: "the accounts of a runtime's tenants, as one Google group",
};

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
