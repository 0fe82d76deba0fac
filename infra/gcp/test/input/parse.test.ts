import { describe, expect, it } from 'vitest';
import { deploymentOf } from '../../input/deployment.ts';
import { parseInput, StackInputError } from '../../input/parse.ts';
import { buildLargeStack, buildOddStack, buildStack, IMAGE } from '../fixtures/stacks.ts';

function issuesOf(raw: unknown): string[] {
  try {
    parseInput(raw);
  } catch (error) {
    if (!(error instanceof StackInputError)) throw error;
    return error.issues.map(({ path, message }) => `${path}: ${message}`);
  }
  throw new Error('expected a StackInputError');
}

const withTenant = (tenant: Record<string, unknown>) =>
  buildStack({ tenants: [{ runtime: 'codex', tenant: 'acme', ...tenant }] });
const existing = { job: 'existing', serviceAccount: 'runner@acme-fleet.iam.gserviceaccount.com' };

describe('parseInput', () => {
  it('fills in the defaults', () => {
    expect(parseInput(buildStack())).toMatchObject({
      maxEnvironmentBytes: 2_147_483_648,
      schedule: '* * * * *',
      functionsSource: '../../dist/functions',
      statusIngress: 'ALLOW_ALL',
      receiptDays: 90,
      resultDays: 365,
      promoters: [],
    });
  });

  it('reports every issue at once, unknown fields included', () => {
    const raw = {
      ...buildStack({ project: '123456789012', promoters: ['allUsers'], regoin: 'x', regions: 'y' }),
      region: undefined,
      tenants: [{ runtime: 'codex', tenant: 'Acme', wav: 'canary' }],
    };

    expect(issuesOf(raw)).toEqual([
      'project: expected a project\'s id, got the number "123456789012": write its id',
      'region: missing',
      expect.stringMatching(/^tenants\.0\.tenant: Invalid format/),
      'tenants.0.wav: unknown field',
      'promoters.0: expected user:, group: or serviceAccount: and an e-mail, or a principalSet://, got "allUsers"',
      'regoin: unknown field',
      'regions: unknown field',
    ]);
  });

  it.each([
    'acme") || true || ("',
    "acme'",
    'acme/../globex',
    'acme\n',
    '$(acme)',
    'ACME',
    'acme-',
    '-acme',
    '',
    'a'.repeat(64),
  ])('refuses %j as a tenant, because it would change an IAM condition or a path', (tenant) => {
    expect(issuesOf(withTenant({ tenant }))).toEqual([expect.stringMatching(/^tenants\.0\.tenant: /)]);
  });

  it.each([
    'europe-docker.pkg.dev/acme/pincast/sandbox:latest',
    'europe-docker.pkg.dev/acme/pincast/sandbox',
    `europe-docker.pkg.dev/acme/pincast/sandbox@sha256:${'a'.repeat(63)}`,
    `europe-docker.pkg.dev/acme/pincast/sandbox@sha512:${'a'.repeat(64)}`,
    `europe-docker.pkg.dev/acme/pincast/sandbox@sha256:${'A'.repeat(64)}`,
  ])('refuses the image %s, which is not named by its digest', (image) => {
    const [issue] = issuesOf(buildStack({ jobs: { image, workload: ['serve'] } }));

    expect(issue).toMatch(/^jobs\.image: expected an image by digest/);
  });

  it('names the field of a tenant’s own settings', () => {
    expect(issuesOf(withTenant({ job: { image: 'sandbox:latest', memoryGiB: 64 } }))).toEqual([
      expect.stringMatching(/^tenants\.0\.job\.image: expected an image by digest/),
      expect.stringMatching(/^tenants\.0\.job\.memoryGiB: /),
    ]);
  });

  it.each([
    'allUsers',
    'allAuthenticatedUsers',
    'domain:acme.com',
    'projectEditor:acme',
    'user:',
    'group:"x"@acme.com',
  ])('refuses %s as a promoter', (member) => {
    expect(issuesOf(buildStack({ promoters: [member] }))).toHaveLength(1);
  });

  it('refuses a variable that a pinned run would refuse', () => {
    expect(issuesOf(withTenant({ job: { env: { NODE_OPTIONS: '--require /tmp/x' } } }))).toEqual([
      expect.stringContaining('expected a name that starts with WORKLOAD_ENV_, got "NODE_OPTIONS"'),
    ]);
  });

  it.each([
    [['--storage-endpoint', 'https://evil.example'], 'must stand before the last of the pinned-mode flags'],
    [['--pins', 'other-pins'], 'is given twice'],
    [['--workload-uid', '0'], 'is given twice'],
    [['--no-such-flag'], 'unknown flag'],
    [['serve'], 'a command follows --'],
  ])('refuses the arguments %j by the sandbox’s own parser', (args, why) => {
    expect(issuesOf(withTenant({ job: { args } }))).toEqual([expect.stringMatching(/^tenants\.0\.job\.args: /)]);
    expect(issuesOf(withTenant({ job: { args } }))[0]).toContain(why);
  });

  it('refuses two tenants whose jobs would have one name', () => {
    const tenants = [
      { runtime: 'a', tenant: 'b-c' },
      { runtime: 'a-b', tenant: 'c' },
    ];

    expect(issuesOf(buildStack({ tenants }))).toEqual([
      'tenants: a/b-c and a-b/c would both have the job projects/acme-fleet/locations/europe-west1/jobs/a-b-c: rename one',
    ]);
  });

  it('refuses a tenant that is given twice', () => {
    const tenant = { runtime: 'codex', tenant: 'acme' };

    expect(issuesOf(buildStack({ tenants: [tenant, tenant] }))).toContain('tenants: codex/acme is given twice');
  });

  it('refuses an account that two tenants, or a tenant and the control plane, would share', () => {
    const own = { ...existing, runtime: 'codex', tenant: 'acme', jobId: 'one' };
    const push = 'pincast-push@acme-fleet.iam.gserviceaccount.com';

    expect(issuesOf(buildStack({ tenants: [own, { ...own, tenant: 'globex', jobId: 'two' }] }))).toEqual([
      `tenants: codex/acme and codex/globex would both have the account ${existing.serviceAccount}: give each its own`,
    ]);
    expect(issuesOf(withTenant({ ...existing, serviceAccount: push }))).toEqual([
      `tenants: codex/acme has ${push}, an account of the control plane`,
    ]);
  });

  it('demands the account of an existing job, and neither account nor id of a managed one', () => {
    expect(issuesOf(withTenant({ job: 'existing' }))).toEqual([
      'tenants.0.serviceAccount: an existing job needs the e-mail of its service account, which gets the grants',
    ]);
    expect(issuesOf(withTenant({ jobId: 'x', serviceAccount: existing.serviceAccount }))).toEqual([
      'tenants.0.jobId: is for job: existing only',
      'tenants.0.serviceAccount: is for job: existing only',
    ]);
  });

  it('demands image and workload of a managed job', () => {
    expect(issuesOf(buildStack({ jobs: {}, tenants: [{ runtime: 'codex', tenant: 'acme' }] }))).toEqual([
      'tenants.0.job.image: missing, here and in jobs.image',
      'tenants.0.job.workload: missing, here and in jobs.workload',
    ]);
  });

  it('refuses a job whose memory cannot hold tar and tree, and too few CPUs for the memory', () => {
    expect(issuesOf(withTenant({ job: { memoryGiB: 4 } }))).toEqual([
      'tenants.0.job.memoryGiB: expected at least 5 for tar and tree of maxEnvironmentBytes, got 4',
    ]);
    expect(issuesOf(withTenant({ job: { memoryGiB: 16, cpu: 2 } }))).toEqual([
      'tenants.0.job.cpu: expected at least 4 for 16 GiB, got 2',
    ]);
    expect(issuesOf(buildStack({ maxEnvironmentBytes: 16 * 1024 ** 3 }))).toContain(
      "maxEnvironmentBytes: tar, tree and processes would need 33 GiB; Cloud Run's most is 32 GiB",
    );
  });

  it('refuses buckets with too long names and buckets that are given twice', () => {
    const own = 'acme-fleet-pincast-pins';

    expect(issuesOf(buildStack({ bucketPrefix: 'x'.repeat(60) }))).toHaveLength(7);
    expect(issuesOf(buildStack({ environmentBuckets: [own, 'other', 'other'] }))).toEqual([
      `environmentBuckets: ${own} is given twice, or is a bucket of this deployment`,
      'environmentBuckets: other is given twice, or is a bucket of this deployment',
    ]);
  });

  it('refuses a fleet that is too large for an IAM policy, until a group holds its accounts', () => {
    const fleet = buildLargeStack(1_401);

    expect(issuesOf(fleet)).toEqual([
      expect.stringMatching(/^gs:\/\/acme-fleet-pincast-pins: expected at most 1400 principals.* tenantGroups/),
      expect.stringMatching(/^gs:\/\/acme-fleet-pincast-assignments: /),
      expect.stringMatching(/^gs:\/\/acme-fleet-pincast-environments\/codex\/: /),
    ]);
    expect(parseInput({ ...fleet, tenantGroups: { codex: 'codex-tenants@acme.com' } }).tenants).toHaveLength(1_401);
  });

  it('refuses a group of a runtime that does not exist', () => {
    expect(issuesOf(buildStack({ tenantGroups: { codxe: 'codex@acme.com' } }))).toEqual([
      'tenantGroups.codxe: no tenant and no entry of runtimes names this runtime',
    ]);
  });
});

describe('deploymentOf', () => {
  it('derives every name from the input', () => {
    const { buckets, runtimes, tenants, identities } = deploymentOf(parseInput(buildStack()));

    expect({ buckets, runtimes, tenants, push: identities.push }).toEqual({
      buckets: {
        pins: 'acme-fleet-pincast-pins',
        assignments: 'acme-fleet-pincast-assignments',
        control: 'acme-fleet-pincast-control',
        receipts: 'acme-fleet-pincast-receipts',
        results: 'acme-fleet-pincast-results',
        environments: ['acme-fleet-pincast-environments'],
        source: 'acme-fleet-pincast-source',
      },
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
        expect.objectContaining({ tenant: 'globex', wave: 'canary' }),
      ],
      push: 'pincast-push@acme-fleet.iam.gserviceaccount.com',
    });
  });

  it('sorts runtimes and tenants, so that the order of the input changes no resource', () => {
    const { tenants = [], ...rest } = buildOddStack();
    const reversed = { ...rest, tenants: [...(tenants as object[])].reverse() };

    expect(deploymentOf(parseInput(reversed))).toEqual(deploymentOf(parseInput(buildOddStack())));
    expect(deploymentOf(parseInput(buildOddStack())).runtimes).toEqual(['atlas', 'codex', 'empty']);
  });

  it('keeps names within the limits of Cloud Run and IAM, and unique', () => {
    const long = 'a'.repeat(62);
    const tenants = ['b', 'c'].map((last) => ({ runtime: 'codex', tenant: `${long}${last}` }));
    const deployed = deploymentOf(parseInput(buildStack({ tenants }))).tenants;

    expect(deployed.map(({ job }) => job.length)).toEqual([49, 49]);
    expect(deployed.map(({ serviceAccount }) => serviceAccount.indexOf('@'))).toEqual([30, 30]);
    expect(new Set(deployed.flatMap(({ job, serviceAccount }) => [job, serviceAccount])).size).toBe(4);
  });

  it('writes accounts and buckets of a project with a domain as Google does', () => {
    const { identities, buckets } = deploymentOf(parseInput(buildStack({ project: 'acme.com:fleet-one' })));

    expect(identities.push).toBe('pincast-push@fleet-one.acme.com.iam.gserviceaccount.com');
    expect(buckets.pins).toBe('acme-com-fleet-one-pincast-pins');
  });

  it('uses the image of a tenant instead of the stack’s', () => {
    const image = IMAGE.replace('sandbox@', 'other@');

    expect(parseInput(withTenant({ job: { image } })).tenants).toMatchObject([{ job: { image } }]);
  });
});
