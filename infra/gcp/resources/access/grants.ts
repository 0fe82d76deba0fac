import * as gcp from '@pulumi/gcp';
import type * as pulumi from '@pulumi/pulumi';
import type { Deployment } from '../../../contract/deployment.ts';
import { type Grant, grants, type Resource } from '../../../contract/grants.ts';
import { projectOf, resourceName } from '../../../contract/policies.ts';
import { membersOf, principalName } from '../../../contract/principals.ts';
import { type Role, roleId, roles } from '../../../contract/roles.ts';
import type { Handles } from '../handles.ts';
import { defineFederation } from './federation.ts';
import { defineGroupMembers } from './group-members.ts';

export type MadeGrant = { grant: Grant; made: pulumi.Resource };

/**
 * Makes the grants on resources of these kinds, each as one IAM member, and returns them.
 *
 * @param handles the resources that exist so far; a grant waits for its own.
 */
export type DefineGrants = (kinds: readonly Resource['kind'][], handles: Partial<Handles>) => MadeGrant[];

/**
 * Makes the custom roles and the sign-in of GitHub's workflows. The grants follow in steps, because some come before a function
 * can be built or a bucket can notify, and some are on the functions.
 */
export function defineAccess(
  deployment: Deployment,
  { accounts, agents }: Pick<Handles, 'accounts' | 'agents'>,
): DefineGrants {
  const all = grants(deployment);
  const customRoles = defineRoles(all, deployment);
  const federation = defineFederation(deployment);
  defineGroupMembers(deployment, accounts);
  return (kinds, handles) =>
    all
      .filter(({ resource }) => kinds.includes(resource.kind))
      .flatMap((grant) => {
        const role = roleId(grant.role, projectOf(grant.resource, deployment));
        const needed = [customRoles.get(role), ...federation, ...agents, handleOf(grant.resource, handles)];
        return membersOf(grant.principal, deployment).map((member) => {
          const account = accounts.get(member.replace(/^serviceAccount:/, ''));
          const dependsOn = [...needed, account].filter((one) => one !== undefined);
          const made = defineMember({ grant, role, member }, deployment, handles, { dependsOn });
          return { grant, made };
        });
      });
}

/** The custom roles that are granted, in each project that has such a grant, by their names in IAM. */
function defineRoles(granted: readonly Grant[], deployment: Deployment): Map<string, gcp.projects.IAMCustomRole> {
  const defined = new Map<string, gcp.projects.IAMCustomRole>();
  for (const { role: name, resource } of granted) {
    const role: Role = roles[name];
    const project = projectOf(resource, deployment);
    const id = roleId(name, project);
    if (role.kind === 'predefined' || defined.has(id)) continue;
    const { id: roleName, title, permissions } = role;
    const args = { project, roleId: roleName, title, permissions: [...permissions], stage: 'GA' };
    defined.set(id, new gcp.projects.IAMCustomRole(`role/${project}/${roleName}`, args));
  }
  return defined;
}

function nameOf({ principal, role, resource, condition }: Grant, member: string): string {
  const limit = condition === undefined ? '' : ` ${condition.title}`;
  return `grant/${role}/${resourceName(resource)}${limit}/${principalName(principal)}/${member}`;
}

type Granted = { grant: Grant; role: string; member: string };

function defineMember(
  { grant, role, member }: Granted,
  { project, region }: Deployment,
  { functions, repository }: Partial<Handles>,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const name = nameOf(grant, member);
  const { resource, condition } = grant;
  const args = { role, member, ...(condition && { condition }) };
  switch (resource.kind) {
    case 'bucket':
      return new gcp.storage.BucketIAMMember(name, { bucket: resource.bucket, ...args }, options);
    case 'folder': {
      const { bucket, folder: managedFolder } = resource;
      return new gcp.storage.ManagedFolderIamMember(name, { bucket, managedFolder, ...args }, options);
    }
    case 'topic':
      return new gcp.pubsub.TopicIAMMember(name, { project, topic: resource.topic, ...args }, options);
    case 'subscription': {
      const { subscription } = resource;
      return new gcp.pubsub.SubscriptionIAMMember(name, { project, subscription, ...args }, options);
    }
    case 'function': {
      // A function's service in Cloud Run has the function's name.
      const service = { project, location: region, name: functions?.get(resource.function)?.name };
      return new gcp.cloudrunv2.ServiceIamMember(name, { ...service, ...args }, options);
    }
    case 'job': {
      const job = { project: resource.project, location: resource.region, name: resource.job };
      return new gcp.cloudrunv2.JobIamMember(name, { ...job, ...args }, options);
    }
    case 'account': {
      const serviceAccountId = `projects/${project}/serviceAccounts/${resource.account}`;
      return new gcp.serviceaccount.IAMMember(name, { serviceAccountId, ...args }, options);
    }
    case 'repository': {
      const images = { project, location: region, repository: repository?.repositoryId ?? '' };
      return new gcp.artifactregistry.RepositoryIamMember(name, { ...images, ...args }, options);
    }
    case 'project':
      return new gcp.projects.IAMMember(name, { project: resource.project, ...args }, options);
  }
}

/** The resource that a grant waits for; undefined for a project, and for what exists elsewhere. */
function handleOf(resource: Resource, handles: Partial<Handles>): pulumi.Resource | undefined {
  switch (resource.kind) {
    case 'bucket':
      return handles.buckets?.get(resource.bucket);
    case 'folder':
      return handles.folders?.get(`${resource.bucket}/${resource.folder}`);
    case 'topic':
      return handles.topics?.get(resource.topic);
    case 'subscription':
      return handles.subscriptions?.get(resource.subscription);
    case 'function':
      return handles.functions?.get(resource.function);
    case 'job':
      return handles.jobs?.get(resourceName(resource));
    case 'account':
      return handles.accounts?.get(resource.account);
    case 'repository':
      return handles.repository;
    case 'project':
      return undefined;
  }
}
