import type { Issue } from '#functions/core/values/issues.ts';
import type { Condition } from './conditions.ts';
import type { Deployment } from './deployment.ts';
import { type Grant, grants, type Resource } from './grants.ts';
import { membersOf } from './principals.ts';
import { roleId } from './roles.ts';

/** The IAM policy that a deployment's grants make on one resource. */
export type Policy = { resource: Resource; bindings: readonly Binding[] };
type Binding = { role: string; members: readonly string[]; condition?: Condition };

/** `principals` counts every appearance, as IAM does; `bytes` of the policy's JSON. */
export type PolicySize = { principals: number; groups: number; bytes: number };

/**
 * IAM's limits for one policy: https://cloud.google.com/iam/quotas, and for the bytes `SetIamPolicyRequest`, which allows "a few
 * 10s of KB". Pincast keeps a distance to the principals, because other grants of the owner count as well.
 */
export const POLICY_LIMITS: PolicySize = { principals: 1_400, groups: 250, bytes: 65_536 };

export function policiesOf(deployment: Deployment): Policy[] {
  const byResource = Map.groupBy(grants(deployment), ({ resource }) => resourceName(resource));
  return [...byResource.values()].flatMap((granted) => {
    const [first] = granted;
    return first === undefined ? [] : [{ resource: first.resource, bindings: bindingsOf(granted, deployment) }];
  });
}

export function sizeOf({ bindings }: Policy): PolicySize {
  const members = bindings.flatMap((binding) => binding.members);
  return {
    principals: members.length,
    groups: new Set(members.filter((member) => member.startsWith('group:'))).size,
    bytes: Buffer.byteLength(JSON.stringify({ version: 3, bindings })),
  };
}

/** One issue for each policy that IAM would refuse. */
export function policyIssues(deployment: Deployment): Issue[] {
  return policiesOf(deployment).flatMap((policy) => {
    const size = sizeOf(policy);
    const { principals, groups, bytes } = POLICY_LIMITS;
    if (size.principals <= principals && size.groups <= groups && size.bytes <= bytes) return [];
    const got = `${size.principals} principals, ${size.groups} groups and ${size.bytes} bytes`;
    const most = `expected at most ${principals} principals, ${groups} groups and ${bytes} bytes`;
    const message = `${most}, got ${got}; name Google groups: in tenantGroups for runtimes, as members for people`;
    return [{ path: resourceName(policy.resource), message }];
  });
}

/** The resource as tables show it, unique within a deployment. */
export function resourceName(resource: Resource): string {
  switch (resource.kind) {
    case 'bucket':
      return `gs://${resource.bucket}`;
    case 'folder':
      return `gs://${resource.bucket}/${resource.folder}`;
    case 'job':
      return `projects/${resource.project}/locations/${resource.region}/jobs/${resource.job}`;
    case 'topic':
      return `topic ${resource.topic}`;
    case 'subscription':
      return `subscription ${resource.subscription}`;
    case 'function':
      return `function ${resource.function}`;
    case 'account':
      return `account ${resource.account}`;
    case 'repository':
      return "repository of the functions' images";
    case 'project':
      return `project ${resource.project}`;
  }
}

/** Where the resource's custom roles are: in its own project, which is the control plane's for all but jobs. */
export function projectOf(resource: Resource, deployment: Pick<Deployment, 'project'>): string {
  return 'project' in resource ? resource.project : deployment.project;
}

function bindingsOf(granted: readonly Grant[], deployment: Deployment): Binding[] {
  const byRole = Map.groupBy(granted, ({ role, condition }) => JSON.stringify([role, condition]));
  return [...byRole.values()].flatMap((same) => {
    const [first] = same;
    const members = [...new Set(same.flatMap(({ principal }) => membersOf(principal, deployment)))];
    if (first === undefined || members.length === 0) return [];
    const { role, resource, condition } = first;
    return [{ role: roleId(role, projectOf(resource, deployment)), members, ...(condition && { condition }) }];
  });
}
