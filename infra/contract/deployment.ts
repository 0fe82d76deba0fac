/**
 * One deployment of Pincast: plain, validated data from which every resource, grant and variable derives.
 *
 * `deploymentOf` in infra/gcp makes it from a stack's input.
 */
export type Deployment = {
  /** The control plane's project, by its id. */
  project: string;
  /** The same project's number: the e-mails of Google's service agents hold it. */
  projectNumber: string;
  region: string;
  buckets: DeployedBuckets;
  /** Sorted; every runtime of `tenants`, and those without tenants. */
  runtimes: readonly string[];
  /** One per runtime and tenant, sorted by both. */
  tenants: readonly DeployedTenant[];
  identities: ControlIdentities;
  /**
   * Runtime → e-mail of a Google group that holds the accounts of its tenants. IAM policies hold at most 1,500 principals, so
   * without a group a runtime has at most about 1,400 tenants.
   */
  tenantGroups: Readonly<Record<string, string>>;
  /** IAM members: `group:…`, `user:…`, `serviceAccount:…`, `principalSet://…`. */
  promoters: readonly string[];
  operators: readonly string[];
  viewers: readonly string[];
  /** GitHub repositories whose workflows may promote, through Workload Identity Federation. */
  github: readonly GithubPromoter[];
  limits: DeployedLimits;
};

/** Names without `gs://`. */
export type DeployedBuckets = {
  pins: string;
  assignments: string;
  control: string;
  receipts: string;
  results: string;
  /** Where environments may be promoted from: the deployment's own bucket, and existing ones. */
  environments: readonly string[];
  /** The zip of the functions' source. */
  source: string;
};

export type DeployedTenant = {
  runtime: string;
  tenant: string;
  /** The job's project, by its id. */
  project: string;
  region: string;
  /** The job's id, the last part of its name. */
  job: string;
  /** The e-mail of the job's service account. A tenant has one in each of its projects, for all its runtimes there. */
  serviceAccount: string;
  wave?: string;
  /** Made and updated elsewhere, by Terraform for example; Pincast launches it and makes neither job nor account. */
  existingJob: boolean;
};

/** E-mails of the control plane's own service accounts, one per function and task. */
export type ControlIdentities = {
  fanOut: string;
  recheck: string;
  receipt: string;
  status: string;
  /** Pub/Sub pushes to the functions with its tokens. */
  push: string;
  /** Cloud Build builds the functions with it. */
  build: string;
};

export type GithubPromoter = {
  /** `owner/name`; GitHub's spelling, because the condition compares exactly. */
  repository: string;
  /** `refs/heads/main`: workflows of other branches and of pull requests may not promote. */
  ref: string;
  /** The number of the owner's account: a name that is given up can be registered by someone else. */
  ownerId?: string;
};

/** Absent: the default of functions/core/config.ts. */
export type DeployedLimits = {
  /** The largest tar, and the largest tree that it unpacks to. Jobs have the memory for both. */
  maxEnvironmentBytes: number;
  runsPerMinute?: number;
  maxRunning?: number;
};

/** `projects/P/locations/R/jobs/J` */
export function jobName({ project, region, job }: Pick<DeployedTenant, 'project' | 'region' | 'job'>): string {
  return `projects/${project}/locations/${region}/jobs/${job}`;
}
