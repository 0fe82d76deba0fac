import { PROJECT_NUMBER } from './mocks.ts';

export const IMAGE = `europe-west1-docker.pkg.dev/acme-fleet/pincast/sandbox@sha256:${'a'.repeat(64)}`;

/** Two tenants and every optional part left out. */
export function buildStack(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    project: 'acme-fleet',
    projectNumber: PROJECT_NUMBER,
    region: 'europe-west1',
    jobs: { image: IMAGE, workload: ['serve', '--once'] },
    tenants: [
      { runtime: 'codex', tenant: 'acme' },
      { runtime: 'codex', tenant: 'globex', wave: 'canary' },
    ],
    ...changes,
  };
}

/** Several projects, regions and runtimes, an existing job, and every optional part. */
export function buildOddStack(): Record<string, unknown> {
  return buildStack({
    location: 'EU',
    bucketPrefix: 'acme-pc',
    environmentBuckets: ['acme-shared-environments'],
    runtimes: ['empty'],
    tenants: [
      { runtime: 'codex', tenant: 'acme' },
      { runtime: 'atlas', tenant: 'acme' },
      { runtime: 'codex', tenant: 'globex', project: 'globex-prod', region: 'us-east1', wave: 'canary' },
      {
        runtime: 'codex',
        tenant: 'initech',
        project: 'initech-prod',
        job: 'existing',
        jobId: 'runner',
        serviceAccount: 'runner@initech-prod.iam.gserviceaccount.com',
      },
      {
        runtime: 'codex',
        tenant: 'umbrella',
        job: {
          memoryGiB: 12,
          args: ['--timeout', '600'],
          env: { WORKLOAD_ENV_TEAM: 'umbrella' },
          timeoutSeconds: 86_400,
          network: { network: 'vpc', subnetwork: 'sandboxes', tags: ['sandbox'] },
          binaryAuthorization: 'default',
        },
      },
    ],
    tenantGroups: { codex: 'codex-tenants@acme.com' },
    promoters: ['group:releases@acme.com'],
    operators: ['group:sre@acme.com'],
    viewers: ['group:everyone@acme.com'],
    github: [{ repository: 'acme/environments', ref: 'refs/heads/main', ownerId: '1234' }],
    maxEnvironmentBytes: 3 * 1024 ** 3,
    runsPerMinute: 600,
    maxRunning: 5_000,
    schedule: '*/5 * * * *',
    notificationChannels: ['projects/acme-fleet/notificationChannels/42'],
    statusIngress: 'ALLOW_INTERNAL_ONLY',
    receiptDays: 400,
    resultDays: 30,
  });
}

/** A fleet of one runtime. */
export function buildLargeStack(tenants: number): Record<string, unknown> {
  const ids = Array.from({ length: tenants }, (_, index) => `tenant-${String(index).padStart(5, '0')}`);
  return buildStack({ tenants: ids.map((tenant) => ({ runtime: 'codex', tenant })) });
}
