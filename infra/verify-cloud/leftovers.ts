import type { VerifyCloud } from './cloud/cloud.ts';
import { messageOf } from './faults.ts';
import { PREFIX } from './scratch.ts';

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
