import { createHash } from 'node:crypto';
import type { ControlIdentities, DeployedBuckets } from './deployment.ts';

/** Cloud Run's limit for the id of a job. */
const MAX_JOB_ID = 49;
/** IAM's limit for the part of a service account's e-mail before the `@`. */
const MAX_ACCOUNT_ID = 30;

/** The buckets that a deployment makes. @param prefix their names are unique in all of Google Cloud. */
export function bucketNames(prefix: string): Omit<DeployedBuckets, 'environments'> & { environments: string } {
  return {
    pins: `${prefix}-pins`,
    assignments: `${prefix}-assignments`,
    control: `${prefix}-control`,
    receipts: `${prefix}-receipts`,
    results: `${prefix}-results`,
    environments: `${prefix}-environments`,
    source: `${prefix}-source`,
  };
}

/** The ids of the control plane's service accounts. */
export const controlAccountIds: Readonly<Record<keyof ControlIdentities, string>> = {
  fanOut: 'pincast-fan-out',
  recheck: 'pincast-recheck',
  receipt: 'pincast-receipt',
  status: 'pincast-status',
  push: 'pincast-push',
  build: 'pincast-build',
};

export function controlIdentities(project: string): ControlIdentities {
  const email = (identity: keyof ControlIdentities) => accountEmail(controlAccountIds[identity], project);
  return {
    fanOut: email('fanOut'),
    recheck: email('recheck'),
    receipt: email('receipt'),
    status: email('status'),
    push: email('push'),
    build: email('build'),
  };
}

export function sandboxJobId(runtime: string, tenant: string): string {
  return shorten(`${runtime}-${tenant}`, MAX_JOB_ID);
}

export function sandboxAccountId(tenant: string): string {
  return shorten(`sandbox-${tenant}`, MAX_ACCOUNT_ID);
}

/** A project with a domain, `example.com:fleet`, has accounts at `fleet.example.com.iam.gserviceaccount.com`. */
export function accountEmail(id: string, project: string): string {
  const host = project.split(':').reverse().join('.');
  return `${id}@${host}.iam.gserviceaccount.com`;
}

/** A longer name keeps its beginning and stays unique by a hash. */
function shorten(name: string, most: number): string {
  if (name.length <= most) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, most - 9)}-${hash}`;
}
