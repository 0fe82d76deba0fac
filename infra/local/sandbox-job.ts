import { createHash } from 'node:crypto';
import { layout } from './layout.ts';
import { inRepository } from './repository.ts';

export type SandboxJob = {
  name: string;
  command: string[];
  args: string[];
  serviceAccount: string;
};

/** What must not reach the sandbox's runtime through the environment of an execution (architecture, "The sandbox"). */
const REDIRECTING = [
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'http_proxy',
  'https_proxy',
  'STORAGE_EMULATOR_HOST',
  'GCE_METADATA_HOST',
  'GCE_METADATA_IP',
];

const MAX_JOB_ID = 49;

/** The Cloud Run job that is a tenant's sandbox: pinned mode stands in its command, which a launch cannot override. */
export function sandboxJob(
  runtime: string,
  tenant: string,
  storageEndpoint: string,
  workload: readonly string[],
): SandboxJob {
  const { pins, assignments, receipts } = layout.buckets;
  const unset = REDIRECTING.flatMap((name) => ['-u', name]);
  const pinned = [
    '--tenant',
    tenant,
    '--runtime',
    runtime,
    '--pins',
    pins,
    '--assignments',
    assignments,
    '--receipts',
    receipts,
  ];
  return {
    name: `projects/${layout.project}/locations/${layout.region}/jobs/${shorten(`${runtime}-${tenant}`)}`,
    command: [
      'env',
      ...unset,
      process.execPath,
      inRepository('functions/sandbox.ts'),
      '--storage-endpoint',
      storageEndpoint,
      ...pinned,
    ],
    args: ['--work-dir', 'workspace', '--', ...workload],
    serviceAccount: serviceAccountOf(tenant),
  };
}

export function serviceAccountOf(tenant: string): string {
  return `${tenant}@${layout.project}.iam.gserviceaccount.com`;
}

/** A job's name has at most 49 characters; a longer one keeps its beginning and stays unique. */
function shorten(name: string): string {
  if (name.length <= MAX_JOB_ID) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, MAX_JOB_ID - 9)}-${hash}`;
}
