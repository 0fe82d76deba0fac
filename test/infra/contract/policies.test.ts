import { describe, expect, it } from 'vitest';
import {
  POLICY_LIMITS,
  type Policy,
  type PolicySize,
  policiesOf,
  policyIssues,
  resourceName,
  sizeOf,
} from '../../../infra/contract/policies.ts';
import { buildDeployedTenant, buildDeployment, buildFleet } from '../../fixtures/deployment.ts';

const codexGroup = { tenantGroups: { codex: 'codex-tenants@acme.example' } };

describe('policyIssues', () => {
  it('accepts a small deployment without groups', () => {
    expect(policyIssues(buildDeployment())).toEqual([]);
  });

  it('accepts 10,000 tenants that read through a group', () => {
    const deployment = buildDeployment({ runtimes: ['codex'], tenants: buildFleet(10_000), ...codexGroup });

    expect(policyIssues(deployment)).toEqual([]);
  });

  it('refuses 10,000 tenants without a group, and names each policy that is too large', () => {
    const issues = policyIssues(buildDeployment({ runtimes: ['codex'], tenants: buildFleet(10_000) }));

    expect(issues.map(({ path }) => path)).toEqual([
      'gs://acme-pins',
      'gs://acme-assignments',
      'gs://acme-environments/codex/',
    ]);
    expect(issues[0]?.message).toMatch(/^expected at most 1400 principals.*got 10008 principals.*tenantGroups/);
  });

  it('refuses fewer tenants whose long names fill the bytes of a policy', () => {
    const tenants = buildFleet(900).map(({ tenant }) =>
      buildDeployedTenant({ tenant, serviceAccount: `${tenant}@${'p'.repeat(30)}.iam.gserviceaccount.com` }),
    );
    const [first] = policyIssues(buildDeployment({ runtimes: ['codex'], tenants }));

    expect(first?.path).toBe('gs://acme-pins');
    expect(first?.message).toMatch(/got 908 principals, 3 groups and 7\d{4} bytes/);
  });

  it('refuses more people than a policy may hold, however short their names are', () => {
    const viewers = Array.from({ length: 1_401 }, (_, index) => `user:${index}@a.co`);

    expect(policyIssues(buildDeployment({ viewers: viewers.slice(0, 1_380) }))).toEqual([]);
    expect(policyIssues(buildDeployment({ viewers })).map(({ path }) => path)).toEqual([
      'gs://acme-pins',
      'gs://acme-assignments',
      'gs://acme-control',
      'function status',
    ]);
  });

  it('refuses more groups than a policy may hold', () => {
    const runtimes = Array.from({ length: 260 }, (_, index) => `runtime-${index}`);
    const tenants = runtimes.map((runtime) => buildDeployedTenant({ runtime }));
    const tenantGroups = Object.fromEntries(runtimes.map((runtime) => [runtime, `${runtime}@acme.example`]));
    const issues = policyIssues(buildDeployment({ runtimes, tenants, tenantGroups }));

    expect(issues.map(({ path }) => path)).toEqual(['gs://acme-pins', 'gs://acme-assignments']);
  });
});

describe('policiesOf', () => {
  it('stays within every limit of IAM with 10,000 tenants', async () => {
    const deployment = buildDeployment({ runtimes: ['codex'], tenants: buildFleet(10_000), ...codexGroup });
    const policies = policiesOf(deployment);
    const largest = largestByKind(policies);
    await expect(sizeTable(policies.length, largest)).toMatchFileSnapshot('golden/sizes-at-10000-tenants.md');

    for (const { principals, groups, bytes } of largest.values()) {
      expect(principals).toBeLessThanOrEqual(POLICY_LIMITS.principals);
      expect(groups).toBeLessThanOrEqual(POLICY_LIMITS.groups);
      expect(bytes).toBeLessThanOrEqual(POLICY_LIMITS.bytes);
    }
    expect(policies.filter(({ resource }) => resource.kind === 'job')).toHaveLength(10_000);
    expect(largest.get('folder of a tenant')?.principals).toBe(1);
  });

  it('leaves out a binding that has no member', () => {
    const policies = policiesOf(buildDeployment({ promoters: [], github: [], operators: [] }));
    const roles = policies.find(({ resource }) => resourceName(resource) === 'topic pin-promoted')?.bindings;

    expect(roles).toEqual([]);
  });
});

type Sizes = Map<string, PolicySize & { policies: number }>;

function largestByKind(policies: readonly Policy[]): Sizes {
  const sizes: Sizes = new Map();
  for (const policy of policies) {
    const { principals, groups, bytes } = sizeOf(policy);
    const kind = kindOf(policy);
    const known = sizes.get(kind) ?? { principals: 0, groups: 0, bytes: 0, policies: 0 };
    sizes.set(kind, {
      principals: Math.max(known.principals, principals),
      groups: Math.max(known.groups, groups),
      bytes: Math.max(known.bytes, bytes),
      policies: known.policies + 1,
    });
  }
  return sizes;
}

function kindOf({ resource }: Policy): string {
  if (resource.kind === 'job' || resource.kind === 'project') return resource.kind;
  const name = resourceName(resource);
  return /^gs:\/\/acme-(receipts|results)\/./.test(name) ? 'folder of a tenant' : name;
}

function sizeTable(count: number, largest: Sizes): string {
  const { principals, groups, bytes } = POLICY_LIMITS;
  const rows = [...largest].map(
    ([kind, size]) => `| ${kind} | ${size.policies} | ${size.principals} | ${size.groups} | ${size.bytes} |\n`,
  );
  return [
    `10,000 tenants of one runtime in 10 projects: ${count} policies\n\n`,
    '| the largest policy on | policies | principals | groups | bytes |\n| --- | --- | --- | --- | --- |\n',
    ...rows,
    `| allowed | | ${principals} | ${groups} | ${bytes} |\n`,
  ].join('');
}
