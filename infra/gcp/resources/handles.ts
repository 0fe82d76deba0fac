import type * as gcp from '@pulumi/gcp';
import type * as pulumi from '@pulumi/pulumi';
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

/** The resource of this name. @throws Error if it is not defined yet: a program's order is wrong */
export function found<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new Error(`${String(key)} was not defined before it was used`);
  return value;
}

/** The run.app URL of a function: a push is an internal call there, and an outside one at other addresses. */
export function urlOf({ serviceConfig }: gcp.cloudfunctionsv2.Function): pulumi.Output<string> {
  return serviceConfig.apply((config) => config?.uri ?? '');
}
