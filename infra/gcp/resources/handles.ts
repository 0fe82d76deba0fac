import type * as gcp from '@pulumi/gcp';
import type { FunctionName } from '../../contract/function-env.ts';

/** The resources of a deployment, by the names that grants and alerts use. What exists elsewhere is absent. */
export type Handles = {
  /** By e-mail. */
  accounts: ReadonlyMap<string, gcp.serviceaccount.Account>;
  buckets: ReadonlyMap<string, gcp.storage.Bucket>;
  /** Those that grants name, by `<bucket>/<folder>/`. */
  folders: ReadonlyMap<string, gcp.storage.ManagedFolder>;
  topics: ReadonlyMap<string, gcp.pubsub.Topic>;
  subscriptions: ReadonlyMap<string, gcp.pubsub.Subscription>;
  functions: ReadonlyMap<FunctionName, gcp.cloudfunctionsv2.Function>;
  /** By `projects/P/locations/R/jobs/J`. */
  jobs: ReadonlyMap<string, gcp.cloudrunv2.Job>;
  /** The functions' images. */
  repository: gcp.artifactregistry.Repository;
  /** Google's service agents: a grant to one depends on them. */
  agents: readonly gcp.projects.ServiceIdentity[];
};
