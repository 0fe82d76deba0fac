import pMap from 'p-map';
import { names } from '#functions/core/records/object-names.ts';
import type { VerifyCloud } from './cloud/cloud.ts';
import { messageOf } from './runner/faults.ts';
import { PREFIX } from './runner/scratch.ts';

const MAX_BUCKETS = 200;

/** Why the project must not be used; undefined if it holds no deployment of Pincast. */
export async function projectRefusal({ storage, project }: VerifyCloud): Promise<string | undefined> {
  const [buckets] = await storage.getBuckets({ project, maxResults: MAX_BUCKETS, autoPaginate: false });
  const foreign = buckets.filter(({ name }) => !name.startsWith(PREFIX));
  if (foreign.length === MAX_BUCKETS)
    return `${project} has ${MAX_BUCKETS} buckets or more: use an empty scratch project`;
  const named = foreign.find(({ name }) => name.includes('pincast'));
  const guarded = named ?? (await guardedBucket(foreign));
  if (guarded === undefined) return undefined;
  return `${project} holds a deployment of Pincast (bucket ${guarded.name}): use an empty scratch project`;
}

/** A bucket with the guard is a deployment's bucket of assignments, whatever its name. */
async function guardedBucket(buckets: ReturnType<VerifyCloud['storage']['bucket']>[]) {
  const guards = await pMap(buckets, (bucket) => bucket.file(names.guard).exists(), { concurrency: 10 });
  return buckets.find((_, index) => guards[index]?.[0] === true);
}

/** What still has the prefix, of this run or an earlier one: jobs, buckets, topics, subscriptions. */
export async function leftovers(cloud: VerifyCloud): Promise<string[]> {
  const regions = [...new Set([cloud.region, cloud.quotaRegion])];
  const lists = [
    ...regions.map((region) => () => jobsOf(cloud, region)),
    async () => (await cloud.storage.getBuckets({ prefix: PREFIX }))[0].map(({ name }) => `bucket ${name}`),
    async () => (await cloud.pubsub.getTopics())[0].map(({ name }) => `topic ${name}`),
    async () => (await cloud.pubsub.getSubscriptions())[0].map(({ name }) => `subscription ${name}`),
  ];
  const found = await Promise.all(
    lists.map((list) => list().catch((error: unknown) => [`unknown, because a list failed: ${messageOf(error)}`])),
  );
  return found.flat().filter((name) => name.includes(PREFIX) || name.startsWith('unknown'));
}

async function jobsOf({ launcher, project }: VerifyCloud, region: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of launcher.jobs({ project, region })) found.push(...page.map((name) => `job ${name}`));
  return found;
}
