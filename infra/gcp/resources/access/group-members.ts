import * as gcp from '@pulumi/gcp';
import type { Deployment } from '../../../contract/deployment.ts';
import type { Handles } from '../handles.ts';

/**
 * Makes each tenant's account a member of its runtime's Google group.
 *
 * The group exists already, and the deploying account is its owner or manager: only an administrator of the organization can
 * make groups. A membership takes effect within minutes; a sandbox that starts earlier is refused and launched again.
 */
export function defineGroupMembers(
  { tenants, tenantGroups }: Deployment,
  accounts: Handles['accounts'],
): gcp.cloudidentity.GroupMembership[] {
  const members = new Map(
    tenants.flatMap(({ runtime, serviceAccount }) => {
      const group = tenantGroups[runtime];
      return group === undefined ? [] : [[`${group}/${serviceAccount}`, { group, serviceAccount }] as const];
    }),
  );
  const groups = new Map(
    [...new Set(Object.values(tenantGroups))].map((id) => [
      id,
      gcp.cloudidentity.getGroupLookupOutput({ groupKey: { id } }).name,
    ]),
  );
  return [...members].flatMap(([name, { group, serviceAccount }]) => {
    const resource = groups.get(group);
    if (resource === undefined) return [];
    const args = { group: resource, preferredMemberKey: { id: serviceAccount }, roles: [{ name: 'MEMBER' }] };
    return [new gcp.cloudidentity.GroupMembership(`member/${name}`, args, { dependsOn: accounts.get(serviceAccount) })];
  });
}
