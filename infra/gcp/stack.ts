import type * as pulumi from '@pulumi/pulumi';
import { deploymentOf } from './input/deployment.ts';
import type { StackInput } from './input/schema.ts';
import { defineAccounts } from './resources/access/accounts.ts';
import { defineAgents } from './resources/access/agents.ts';
import { defineAccess, type MadeGrant } from './resources/access/grants.ts';
import { defineSchedule } from './resources/delivery/schedule.ts';
import { defineNotification, defineSubscriptions, defineTopics } from './resources/delivery/topics.ts';
import { found, type Handles, urlOf } from './resources/handles.ts';
import { defineAlerts, defineMetrics } from './resources/monitoring/alerts.ts';
import { defineDashboard } from './resources/monitoring/dashboard.ts';
import { defineFunctions, defineRepository } from './resources/run/functions.ts';
import { defineJobs } from './resources/run/jobs.ts';
import { defineBuckets, defineFolders, defineGuard } from './resources/storage/buckets.ts';
import { defineRegistry } from './resources/storage/registry.ts';

export type StackOutputs = {
  buckets: ReturnType<typeof deploymentOf>['buckets'];
  /** `GET <statusUrl>/api/fleet/<runtime>` */
  statusUrl: pulumi.Output<string>;
  tenants: number;
  /** Google's service agents; a wrong projectNumber fails the update here. */
  serviceAgents: pulumi.Output<string[]>;
};

/** Every resource of a deployment. Reads no configuration; the input says everything. */
export function defineStack(input: StackInput): StackOutputs {
  const deployment = deploymentOf(input);
  const { agents, emails } = defineAgents(deployment);
  const accounts = defineAccounts(deployment);
  const buckets = defineBuckets(deployment, input);
  const folders = defineFolders(deployment, buckets);
  defineGuard(deployment, buckets);
  const topics = defineTopics(deployment);
  const repository = defineRepository(deployment);
  const defineGrants = defineAccess(deployment, { accounts, agents });
  const first = { accounts, buckets, folders, topics, repository };
  const granted = defineGrants(['bucket', 'folder', 'topic', 'account', 'repository', 'project'], first);
  const grantsOf = (kind: MadeGrant['grant']['principal']['kind']) =>
    granted.flatMap(({ grant, made }) => (grant.principal.kind === kind ? [made] : []));
  const functions = defineFunctions(deployment, input, { accounts, buckets, repository }, grantsOf('build'));
  const subscriptions = defineSubscriptions(deployment, { topics, functions, accounts });
  const jobs = defineJobs(deployment, input, { accounts });
  const handles: Handles = { accounts, buckets, folders, topics, subscriptions, functions, jobs, repository, agents };
  const grantedLater = defineGrants(['function', 'subscription', 'job'], handles);
  defineRegistry(deployment, handles, [...granted, ...grantedLater]);
  defineNotification(deployment, handles, grantsOf('storageAgent'));
  defineSchedule(deployment, input, handles);
  const metrics = defineMetrics(deployment);
  defineAlerts(deployment, input, metrics);
  defineDashboard(deployment, metrics);
  const statusUrl = urlOf(found(functions, 'status'));
  return { buckets: deployment.buckets, statusUrl, tenants: deployment.tenants.length, serviceAgents: emails };
}
