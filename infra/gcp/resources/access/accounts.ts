import * as gcp from '@pulumi/gcp';
import type { ControlIdentities, Deployment } from '../../../contract/deployment.ts';
import { controlAccountIds } from '../../../contract/resource-names.ts';

/** Service accounts by e-mail: the control plane's, and one for each tenant and project. */
export function defineAccounts({ project, identities, tenants }: Deployment): Map<string, gcp.serviceaccount.Account> {
  const control = (Object.keys(identities) as (keyof ControlIdentities)[]).map((identity) => {
    const accountId = controlAccountIds[identity];
    const account = new gcp.serviceaccount.Account(`account/${identity}`, {
      project,
      accountId,
      displayName: `Pincast: ${identity}`,
    });
    return [identities[identity], account] as const;
  });
  const managed = new Map(tenants.filter(({ existingJob }) => !existingJob).map((one) => [one.serviceAccount, one]));
  const own = [...managed.values()].map(({ serviceAccount, tenant, project: ofTenant }) => {
    const account = new gcp.serviceaccount.Account(`account/${serviceAccount}`, {
      project: ofTenant,
      accountId: serviceAccount.slice(0, serviceAccount.indexOf('@')),
      displayName: `Pincast sandbox: ${tenant}`,
    });
    return [serviceAccount, account] as const;
  });
  return new Map([...control, ...own]);
}
