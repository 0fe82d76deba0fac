import { beforeAll, describe, expect, it } from 'vitest';
import { grants } from '../../../contract/grants.ts';
import { membersOf } from '../../../contract/principals.ts';
import { deploymentOf } from '../../input/deployment.ts';
import { parseInput } from '../../input/parse.ts';
import { type Deployed, deploy, ofType, type Registration, resource } from '../fixtures/mocks.ts';
import { buildOddStack, buildStack } from '../fixtures/stacks.ts';

/** Every kind of IAM member, and the input that names its resource. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  'gcp:storage/bucketIAMMember:BucketIAMMember': ['bucket'],
  'gcp:storage/managedFolderIamMember:ManagedFolderIamMember': ['bucket', 'managedFolder'],
  'gcp:pubsub/topicIAMMember:TopicIAMMember': ['project', 'topic'],
  'gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember': ['project', 'subscription'],
  'gcp:cloudrunv2/serviceIamMember:ServiceIamMember': ['project', 'location', 'name'],
  'gcp:cloudrunv2/jobIamMember:JobIamMember': ['project', 'location', 'name'],
  'gcp:serviceaccount/iAMMember:IAMMember': ['serviceAccountId'],
  'gcp:artifactregistry/repositoryIamMember:RepositoryIamMember': ['project', 'location', 'repository'],
  'gcp:projects/iAMMember:IAMMember': ['project'],
};

let small: Deployed;
let odd: Deployed;

beforeAll(async () => {
  small = await deploy(buildStack());
  odd = await deploy(buildOddStack());
});

/** Sorted, because resources without dependencies register in any order. */
function members({ resources }: Deployed): Registration[] {
  return resources.filter(({ type }) => type in MEMBERS).sort((one, other) => (one.name < other.name ? -1 : 1));
}

function grantedOn({ type, inputs }: Registration): string {
  const kind = type.slice('gcp:'.length, type.lastIndexOf(':'));
  return [kind, ...(MEMBERS[type] ?? []).map((field) => inputs[field])].join(' ');
}

/** `member | role | resource | condition`, one line a grant. */
function goldenTable(deployed: Deployed): string {
  const rows = members(deployed).map((one) => {
    const { member, role, condition } = one.inputs as {
      member: string;
      role: string;
      condition?: { expression: string };
    };
    return `${member} | ${role} | ${grantedOn(one)} | ${condition?.expression ?? ''}`;
  });
  return `${rows.sort().join('\n')}\n`;
}

describe('defineAccess', () => {
  it('makes exactly the IAM members of the golden table', async () => {
    await expect(goldenTable(odd)).toMatchFileSnapshot('golden/iam-members.txt');
  });

  it('makes one IAM member for each member of each grant, and IAM in no other form', () => {
    for (const [deployed, stack] of [
      [small, buildStack()],
      [odd, buildOddStack()],
    ] as const) {
      const deployment = deploymentOf(parseInput(stack));
      const expected = grants(deployment).flatMap(({ principal }) => membersOf(principal, deployment));
      const iam = deployed.resources.filter(({ type }) => /Iam|IAM/.test(type) && !type.includes('IAMCustomRole'));

      expect(members(deployed)).toHaveLength(expected.length);
      expect(iam.filter(({ type }) => !(type in MEMBERS))).toEqual([]);
    }
  });

  it('grants nothing to everyone and no basic role', () => {
    const inputs = [...members(small), ...members(odd)].map((one) => one.inputs);

    expect(inputs.filter(({ member }) => /allUsers|allAuthenticatedUsers/.test(String(member)))).toEqual([]);
    expect(inputs.filter(({ role }) => /^roles\/(owner|editor|viewer|[a-z]+\.admin)$/.test(String(role)))).toEqual([]);
  });

  it('makes exactly the custom roles of the golden table, once in a project that grants them', async () => {
    const rows = ofType(odd, 'projects/iAMCustomRole').map(
      ({ inputs }) => `${inputs.project} | ${inputs.roleId} | ${(inputs.permissions as string[]).join(', ')}`,
    );

    await expect(`${rows.sort().join('\n')}\n`).toMatchFileSnapshot('golden/custom-roles.txt');
  });

  it('grants every custom role from the project of its resource, after the role', () => {
    const made = new Map(
      ofType(odd, 'projects/iAMCustomRole').map(({ name, inputs }) => [
        `projects/${inputs.project}/roles/${inputs.roleId}`,
        name,
      ]),
    );
    const custom = members(odd).filter(({ inputs }) => String(inputs.role).startsWith('projects/'));

    expect(custom.filter(({ inputs, dependsOn }) => !dependsOn.includes(made.get(String(inputs.role)) ?? ''))).toEqual(
      [],
    );
    expect(custom.length).toBeGreaterThan(50);
  });

  it('lets the build account build before the first function is made', () => {
    const build = members(small).filter(({ inputs }) =>
      String(inputs.member).startsWith('serviceAccount:pincast-build@'),
    );
    const functions = ofType(small, 'cloudfunctionsv2/function');

    expect(build.map((one) => [one.inputs.role, grantedOn(one)])).toEqual([
      [
        'roles/artifactregistry.writer',
        'artifactregistry/repositoryIamMember acme-fleet europe-west1 pincast-functions',
      ],
      ['roles/logging.logWriter', 'projects/iAMMember acme-fleet'],
      ['roles/storage.objectViewer', 'storage/bucketIAMMember acme-fleet-pincast-source'],
    ]);
    expect(functions).toHaveLength(4);
    for (const { dependsOn } of functions)
      expect(dependsOn).toEqual(expect.arrayContaining(build.map(({ name }) => name)));
  });

  it('lets Cloud Storage publish before the notification is made', () => {
    const [publisher] = members(small).filter(({ inputs }) => inputs.topic === 'receipt-written');
    const [notification] = ofType(small, 'storage/notification');

    expect(publisher?.inputs.member).toBe(
      'serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com',
    );
    expect(notification?.dependsOn).toContain(publisher?.name);
  });

  it('grants on jobs that are made elsewhere as well', () => {
    const onRunner = members(odd).filter(({ inputs }) => inputs.name === 'runner');

    expect(onRunner.map(({ inputs }) => [inputs.member, inputs.role])).toEqual([
      [
        'serviceAccount:pincast-fan-out@acme-fleet.iam.gserviceaccount.com',
        'projects/initech-prod/roles/pincastJobLauncher',
      ],
      [
        'serviceAccount:pincast-recheck@acme-fleet.iam.gserviceaccount.com',
        'projects/initech-prod/roles/pincastJobLauncher',
      ],
      [
        'serviceAccount:pincast-receipt@acme-fleet.iam.gserviceaccount.com',
        'projects/initech-prod/roles/pincastJobObserver',
      ],
      ['group:sre@acme.com', 'projects/initech-prod/roles/pincastJobOperator'],
    ]);
  });
});

describe('defineFederation', () => {
  it('accepts tokens of the named repository, branch and owner only', () => {
    const provider = resource(odd, 'iam/workloadIdentityPoolProvider', 'federation/github').inputs;

    expect(provider).toMatchObject({
      workloadIdentityPoolId: 'pincast-github',
      attributeMapping: { 'google.subject': 'assertion.sub', 'attribute.repository': 'assertion.repository' },
      attributeCondition:
        '(assertion.repository == "acme/environments" && assertion.ref == "refs/heads/main" && ' +
        'assertion.repository_owner_id == "1234")',
      oidc: { issuerUri: 'https://token.actions.githubusercontent.com' },
    });
  });

  it('makes no pool for a stack that names no repository', () => {
    expect(ofType(small, 'iam/workloadIdentityPool')).toEqual([]);
    expect(ofType(small, 'iam/workloadIdentityPoolProvider')).toEqual([]);
  });
});

describe('defineGroupMembers', () => {
  it('makes the accounts of a grouped runtime members, each once', () => {
    const memberships = ofType(odd, 'cloudidentity/groupMembership').map(({ inputs }) => inputs);
    const member = (id: string) => ({
      group: 'groups/of-codex-tenants@acme.com',
      preferredMemberKey: { id: `${id}.iam.gserviceaccount.com` },
      roles: [{ name: 'MEMBER' }],
    });

    expect(memberships).toHaveLength(4);
    expect(memberships).toEqual(
      expect.arrayContaining([
        member('sandbox-acme@acme-fleet'),
        member('sandbox-globex@globex-prod'),
        member('runner@initech-prod'),
        member('sandbox-umbrella@acme-fleet'),
      ]),
    );
    expect(ofType(small, 'cloudidentity/groupMembership')).toEqual([]);
  });

  it('leaves out the accounts of a runtime without a group', async () => {
    const tenants = [
      { runtime: 'codex', tenant: 'acme' },
      { runtime: 'atlas', tenant: 'globex' },
    ];
    const deployed = await deploy(buildStack({ tenants, tenantGroups: { codex: 'codex-tenants@acme.com' } }));

    expect(ofType(deployed, 'cloudidentity/groupMembership').map(({ inputs }) => inputs.preferredMemberKey)).toEqual([
      { id: 'sandbox-acme@acme-fleet.iam.gserviceaccount.com' },
    ]);
  });
});
