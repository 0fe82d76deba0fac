import * as v from 'valibot';
import { WORKLOAD_PREFIX } from '../../../functions/core/sandbox/environment-allow-list.ts';
import { identifier, runtimeName } from '../../../functions/core/values/schemas.ts';
import * as s from './values.ts';

const variable = v.pipe(
  v.string(),
  v.regex(
    new RegExp(`^${WORKLOAD_PREFIX}[A-Za-z_][A-Za-z0-9_]*$`),
    ({ input }) =>
      `expected a name that starts with ${WORKLOAD_PREFIX}, got ${s.got(input)}: a pinned run refuses all others`,
  ),
);

/** How a tenant's job runs. The stack's own settings are the default of each tenant's. */
const managedJob = s.closed({
  image: v.optional(s.imageByDigest),
  /** The command; its program is in the environment. */
  workload: v.optional(v.pipe(v.array(v.string()), v.minLength(1))),
  /** Flags of `pincast-sandbox`, before the workload. */
  args: v.optional(v.array(v.string())),
  env: v.optional(v.record(variable, v.pipe(v.string(), v.maxLength(32_768)))),
  cpu: v.optional(v.picklist([1, 2, 4, 8])),
  memoryGiB: v.optional(v.pipe(s.positive, v.maxValue(32))),
  /** Of one execution; Cloud Run's longest is 7 days. */
  timeoutSeconds: v.optional(v.pipe(s.positive, v.maxValue(604_800))),
  network: v.optional(
    s.closed({
      network: v.string(),
      subnetwork: v.string(),
      egress: v.optional(v.picklist(['ALL_TRAFFIC', 'PRIVATE_RANGES_ONLY'])),
      tags: v.optional(v.array(v.string())),
    }),
  ),
  /** `default`: the project's policy; or the name of a policy for Cloud Run. */
  binaryAuthorization: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^(default|projects\/[a-z0-9.:-]+\/platforms\/cloudRun\/policies\/[a-z0-9-]+)$/,
        ({ input }) => `expected default, or projects/P/platforms/cloudRun/policies/NAME, got ${s.got(input)}`,
      ),
    ),
  ),
});

const GIB = 1024 ** 3;

const tenant = s.closed({
  runtime: runtimeName,
  tenant: identifier,
  /** Default: the control plane's. */
  project: v.optional(s.projectId),
  region: v.optional(s.region),
  wave: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(100))),
  /** `existing`: made elsewhere, by Terraform for example. Otherwise settings that replace those of the stack. */
  job: v.optional(v.union([v.literal('existing'), managedJob], 'expected "existing", or settings of a job')),
  /** Of an existing job. Default: the id that Pincast would choose. */
  jobId: v.optional(s.jobId),
  /** Of an existing job, required there. */
  serviceAccount: v.optional(s.serviceAccount),
});

export const stackSchema = s.closed({
  project: s.projectId,
  projectNumber: s.projectNumber,
  region: s.region,
  /** Buckets' location, a region or a multi-region. Default: the region. */
  location: v.optional(v.pipe(v.string(), v.minLength(2))),
  /** Default: `<project>-pincast`. */
  bucketPrefix: v.optional(s.bucketName),
  /** Buckets that exist, from which environments may be promoted as well. */
  environmentBuckets: v.optional(v.array(s.bucketName), []),
  runtimes: v.optional(v.array(runtimeName), []),
  tenants: v.array(tenant),
  jobs: v.optional(managedJob, {}),
  tenantGroups: v.optional(v.record(runtimeName, s.groupEmail), {}),
  promoters: v.optional(v.array(s.member), []),
  operators: v.optional(v.array(s.member), []),
  viewers: v.optional(v.array(s.member), []),
  github: v.optional(
    v.array(s.closed({ repository: s.repository, ref: s.gitRef, ownerId: v.optional(s.ownerId) })),
    [],
  ),
  /** The largest tar, and the largest tree that it unpacks to: jobs get memory for both. */
  maxEnvironmentBytes: v.optional(s.positive, 2 * GIB),
  runsPerMinute: v.optional(s.positive),
  maxRunning: v.optional(s.positive),
  /** Of the recheck, in cron's format, UTC. */
  schedule: v.optional(v.pipe(v.string(), v.regex(/^\S+( \S+){4}$/, 'expected five fields of cron')), '* * * * *'),
  notificationChannels: v.optional(
    v.array(
      v.pipe(
        v.string(),
        v.regex(/^projects\/[^/]+\/notificationChannels\/\d+$/, 'expected projects/P/notificationChannels/ID'),
      ),
    ),
    [],
  ),
  /** What `npm run build` made, relative to this directory. */
  functionsSource: v.optional(v.string(), '../../dist/functions'),
  /** Who reaches `status` on the network; IAM decides beside it. */
  statusIngress: v.optional(v.picklist(['ALLOW_ALL', 'ALLOW_INTERNAL_AND_GCLB', 'ALLOW_INTERNAL_ONLY']), 'ALLOW_ALL'),
  receiptDays: v.optional(v.pipe(s.positive, v.minValue(30)), 90),
  resultDays: v.optional(s.positive, 365),
});

export type StackInput = v.InferOutput<typeof stackSchema>;
export type TenantInput = StackInput['tenants'][number];
export type JobSettings = v.InferOutput<typeof managedJob>;
