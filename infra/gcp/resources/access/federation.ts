import * as gcp from '@pulumi/gcp';
import type * as pulumi from '@pulumi/pulumi';
import { FEDERATION, githubCondition } from '../../../contract/conditions.ts';
import type { Deployment } from '../../../contract/deployment.ts';

const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

/**
 * Lets workflows of the named GitHub repositories sign in without a key: their own identity is a promoter.
 *
 * Nothing is made where a deployment names no repository.
 */
export function defineFederation({ project, github }: Deployment): pulumi.Resource[] {
  if (github.length === 0) return [];
  const { pool: poolId, provider } = FEDERATION;
  const pool = new gcp.iam.WorkloadIdentityPool('federation/pool', {
    project,
    workloadIdentityPoolId: poolId,
    displayName: 'Pincast: GitHub',
    description: 'Workflows that may promote',
  });
  return [
    pool,
    new gcp.iam.WorkloadIdentityPoolProvider('federation/github', {
      project,
      workloadIdentityPoolId: pool.workloadIdentityPoolId,
      workloadIdentityPoolProviderId: provider,
      displayName: 'GitHub Actions',
      attributeMapping: { 'google.subject': 'assertion.sub', 'attribute.repository': 'assertion.repository' },
      attributeCondition: githubCondition(github),
      oidc: { issuerUri: GITHUB_ISSUER },
    }),
  ];
}
