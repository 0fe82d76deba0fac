import type { CreateSubscriptionOptions, Subscription, Topic } from '@google-cloud/pubsub';
import type { Bucket, CreateBucketRequest } from '@google-cloud/storage';
import type { Subject } from '../runner/check.ts';

type Where = Pick<Subject, 'cloud' | 'scratch'>;

/** An empty bucket; deleting it deletes its objects, too. Without soft delete, so that nothing of it is billed later. */
export async function createBucket({ cloud, scratch }: Where, settings: CreateBucketRequest = {}): Promise<Bucket> {
  const bucket = cloud.storage.bucket(scratch.name('bucket'));
  const google = {
    location: cloud.region,
    iamConfiguration: { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention: 'enforced' },
    softDeletePolicy: { retentionDurationSeconds: 0 },
    ...settings,
  };
  const remove = async () => {
    await bucket.deleteFiles({ force: true, versions: true });
    await bucket.delete();
  };
  await scratch.create(`bucket ${bucket.name}`, () => bucket.create(cloud.isEmulated ? {} : google), remove);
  return bucket;
}

export async function createTopic({ cloud, scratch }: Where): Promise<Topic> {
  const topic = cloud.pubsub.topic(scratch.name('topic'));
  await scratch.create(
    `topic ${topic.name}`,
    () => topic.create(),
    () => topic.delete(),
  );
  return topic;
}

export async function createSubscription(
  { scratch }: Where,
  topic: Topic,
  options: CreateSubscriptionOptions = {},
): Promise<Subscription> {
  const subscription = topic.subscription(scratch.name('subscription'));
  await scratch.create(
    `subscription ${subscription.name}`,
    () => subscription.create(options),
    () => subscription.delete(),
  );
  return subscription;
}

/** Adds a member to a policy's role. */
export async function grantOn(resource: Topic | Subscription, role: string, member: string): Promise<void> {
  const [policy] = await resource.iam.getPolicy();
  await resource.iam.setPolicy({ ...policy, bindings: [...(policy.bindings ?? []), { role, members: [member] }] });
}
