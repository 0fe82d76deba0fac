import type { Deployment } from './deployment.ts';
import { grants } from './grants.ts';
import { POLICY_LIMITS } from './policies.ts';
import { membersOf, type Principal, purposes } from './principals.ts';
import { bucketNames, controlIdentities } from './resource-names.ts';
import { type Role, roles } from './roles.ts';
import { grantTable, markdownTable } from './table.ts';

const { environments, ...ownBuckets } = bucketNames('acme-pincast');

/** One runtime with one tenant. */
const example: Deployment = {
  project: 'acme-control',
  projectNumber: '123456789012',
  region: 'europe-west1',
  buckets: { ...ownBuckets, environments: [environments] },
  runtimes: ['codex'],
  tenants: [
    {
      runtime: 'codex',
      tenant: 'acme',
      project: 'acme-fleet',
      region: 'europe-west1',
      job: 'codex-acme',
      serviceAccount: 'sandbox-acme@acme-fleet.iam.gserviceaccount.com',
      existingJob: false,
    },
  ],
  identities: controlIdentities('acme-control'),
  tenantGroups: {},
  promoters: ['group:release@acme.example'],
  operators: ['group:platform@acme.example'],
  viewers: ['group:everyone@acme.example'],
  github: [{ repository: 'acme/environments', ref: 'refs/heads/main' }],
  limits: { maxEnvironmentBytes: 2_147_483_648 },
};

/** docs/access.md. Its tables are those of an example deployment, by the program that deploys. */
export function accessDocument(): string {
  return `# Who may do what

\`npm run docs:access\` writes this page from \`infra/contract\`, and a test fails while it is stale. The tables are those of a
deployment with one runtime, \`codex\`, and one tenant, \`acme\`. \`infra/gcp\` makes the same grants in Google Cloud, and the local
cloud enforces them on its functions and sandboxes.

## Identities

${identityTable()}
## Grants

${grantTable(example)}
## Roles

Of a predefined role the table names the permissions that Pincast uses.

${roleTable()}
## Rules

- **Reads are on buckets, writes are on managed folders.** Without \`storage.objects.list\` on the bucket an absent object answers
  403 instead of 404, so every reader but the sandbox may list. A writer may create and delete in the folders that it owns, and
  nowhere else. Tenants' folders hold one principal each.
- **No object is updated in place.** A write is a create, or a delete and a create; \`storage.objects.update\` is granted to no
  principal.
- **Projects.** One list of executions below \`jobs/-\` replaces a call per tenant, and a wildcard has no policy of its own, so
  \`fanOut\` and \`recheck\` have a custom role with exactly the lists in each project that has tenants. The build account writes its
  log, which has no resource below the project. There is no other grant on a project.
- **One condition.** \`guard.json\` lies beside the assignments' folders, so operators have the assignments bucket on the condition
  that the object is the guard. Names in conditions must match the form of their kind, so no name can change an expression.
- **Receipts.** Only Cloud Storage's agent may publish \`receipt-written\`, and no grant but a tenant's own creates its receipts.
- **Basic roles bypass this page.** Cloud Storage gives a project's owners, editors and viewers \`roles/storage.legacy…\` on each new
  bucket: owners and editors may create and delete objects, receipts and pins among them, and viewers may read all. The stack leaves
  these bindings in place, because removing them could lock out the owner who deploys. So have no editor, no viewer and few owners in
  the control project; [deploy.md](deploy.md#deploy-from-nothing) lists them, default service accounts included.
- **Images.** Cloud Run's agent of a job's project reads the sandbox image, with its own rights in that project; in another one
  [deploy.md](deploy.md#deploy-from-nothing) grants it the image's repository. The job's account needs nothing for it.
- **Buckets of other projects.** Custom roles exist in the control project. An environments bucket elsewhere needs the same roles
  there, and grants that its owner makes.

## Groups

An IAM policy holds at most 1,500 principals; Pincast stops at ${POLICY_LIMITS.principals.toLocaleString('en')}, or at ${POLICY_LIMITS.bytes / 1024} KiB of JSON, and says which policy is
too large. From then on the largest runtimes need a Google group in \`tenantGroups\`: its members read pins, assignments and
environments through it. An administrator makes the group, and makes the account that deploys its manager; \`pulumi up\` adds and
removes the members. A membership takes effect within minutes, so a new tenant's first runs may be refused; Pincast launches it
again. With a person's own login Cloud Identity also wants a project that pays for the calls:
\`pulumi config set gcp:userProjectOverride true\` and \`pulumi config set gcp:billingProject PROJECT\`.
\`test/infra/contract/golden/sizes-at-10000-tenants.md\` has every policy's size at 10,000 tenants.

## GitHub Actions

\`github\` in the input names repositories and branches whose workflows may promote, without a key. Give \`ownerId\` as well: a name
that its owner gives up can be registered by another, whose number differs.

\`\`\`yaml
permissions: { id-token: write }
steps:
  - uses: google-github-actions/auth@v3
    with:
      workload_identity_provider: projects/NUMBER/locations/global/workloadIdentityPools/pincast-github/providers/github
      project_id: PROJECT
  - run: pincast promote environment.tar --runtime codex --wait
\`\`\`

## With other tools

\`npm run --silent contract -- FILE\` prints everything that a deployment gives the code as JSON: buckets, topics, subscriptions,
each function's variables, each job's command, identities, roles and grants. FILE has a stack's input as YAML or JSON, or is a
\`Pulumi.<stack>.yaml\`.
`;
}

function identityTable(): string {
  const kinds = Object.keys(purposes) as Principal['kind'][];
  const used = new Map(grants(example).map(({ principal }) => [principal.kind, principal]));
  const rows = kinds.map((kind) => {
    const principal = used.get(kind);
    const members = principal === undefined ? [] : membersOf(principal, example);
    return [kind, members.map((member) => `\`${member}\``).join('<br>'), purposes[kind]];
  });
  return markdownTable(['principal', 'IAM member', 'what it does'], rows);
}

function roleTable(): string {
  return markdownTable(
    ['role', 'in IAM', 'permissions'],
    Object.entries(roles).map(([name, role]: [string, Role]) => [
      name,
      role.kind === 'predefined' ? `\`${role.name}\`` : `custom \`${role.id}\``,
      role.permissions.map((one) => `\`${one}\``).join(', '),
    ]),
  );
}
