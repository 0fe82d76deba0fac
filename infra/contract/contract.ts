import { FEDERATION, githubCondition } from './conditions.ts';
import { deliveries, pushSettings, receiptNotification } from './delivery.ts';
import { type DeployedTenant, type Deployment, jobName } from './deployment.ts';
import { type FunctionName, functionEnv, functionFiles } from './function-env.ts';
import { type Grant, grants } from './grants.ts';
import { projectOf, resourceName } from './policies.ts';
import { membersOf, principalName } from './principals.ts';
import { type Role, roleId, roles } from './roles.ts';

/** What the container of a tenant's job is started with. */
export type JobStart = { command: readonly string[]; args: readonly string[]; env: Readonly<Record<string, string>> };

/** Everything that a deployment gives the code, as JSON for those who deploy with other tools. */
export function contractOf(deployment: Deployment, startOf: (tenant: DeployedTenant) => JobStart): object {
  const { project, projectNumber, region, buckets, identities, tenants } = deployment;
  const granted = grants(deployment);
  return {
    formatVersion: 1,
    project,
    projectNumber,
    region,
    buckets,
    managedFolders: foldersOf(granted),
    notification: { bucket: buckets.receipts, ...receiptNotification },
    deliveries,
    pushSettings,
    functions: (Object.keys(functionFiles) as FunctionName[]).map((name) => ({
      name,
      file: `${functionFiles[name]}.ts`,
      serviceAccount: identities[name],
      env: functionEnv(deployment),
    })),
    jobs: tenants.map((tenant) => ({
      name: jobName(tenant),
      runtime: tenant.runtime,
      tenant: tenant.tenant,
      serviceAccount: tenant.serviceAccount,
      maxRetries: 0,
      ...startOf(tenant),
    })),
    identities,
    federation: federationOf(deployment),
    roles: rolesOf(granted, deployment),
    grants: granted.map((grant) => grantOf(grant, deployment)),
  };
}

function foldersOf(granted: readonly Grant[]): string[] {
  const folders = granted.flatMap(({ resource }) => (resource.kind === 'folder' ? [resourceName(resource)] : []));
  return [...new Set(folders)];
}

function federationOf({ github }: Deployment): object | null {
  if (github.length === 0) return null;
  return { ...FEDERATION, attributeCondition: githubCondition(github) };
}

/** The custom roles that must exist, each in every project where it is granted. */
function rolesOf(granted: readonly Grant[], deployment: Deployment): object[] {
  const used = granted.flatMap(({ role: name, resource }) => {
    const role: Role = roles[name];
    const { permissions } = role;
    return role.kind === 'custom' ? [[roleId(name, projectOf(resource, deployment)), permissions] as const] : [];
  });
  return [...new Map(used)].map(([role, permissions]) => ({ role, permissions }));
}

function grantOf({ principal, role, resource, condition }: Grant, deployment: Deployment): object {
  return {
    principal: principalName(principal),
    members: membersOf(principal, deployment),
    role: roleId(role, projectOf(resource, deployment)),
    resource,
    ...(condition && { condition }),
  };
}
