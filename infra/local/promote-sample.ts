import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Digest, digestOfHex } from '../../functions/core/digest.ts';
import { formatGsUrl } from '../../functions/core/gs-url.ts';
import { names } from '../../functions/core/object-names.ts';
import { FORMAT_VERSION } from '../../functions/core/record.ts';
import { topics } from '../../functions/core/topics.ts';
import { JsonObjects } from '../../functions/google/json-objects.ts';
import type { LocalCloud } from './cloud.ts';
import { layout } from './layout.ts';
import { sampleEnvironment, withFlippedByte } from './sample-environment.ts';

export type Sample = { bytes: Buffer; digest: Digest; object: string };

/** The tar to promote: the caller's, or a new release of the sample. */
export async function readSample(environment: string | null): Promise<Sample> {
  const bytes = environment === null ? sampleEnvironment(new Date().toISOString()) : await readFile(environment);
  const hex = createHash('sha256').update(bytes).digest('hex');
  return { bytes, digest: digestOfHex(hex), object: `${layout.runtime}/${hex}.tar` };
}

export async function uploadSample(cloud: LocalCloud, sample: Sample): Promise<void> {
  const file = cloud.storage.bucket(layout.buckets.environments).file(sample.object);
  const [exists] = await file.exists();
  if (!exists) await file.save(sample.bytes, { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
}

/** A second environment that is always the same, so that the README can name its digest. */
export function nextSample(): Sample {
  const bytes = sampleEnvironment('next');
  const hex = createHash('sha256').update(bytes).digest('hex');
  return { bytes, digest: digestOfHex(hex), object: `${layout.runtime}/next.tar` };
}

/** Publishes the promote event and returns its promotion id. */
export async function publishSample(cloud: LocalCloud, sample: Sample, launch: 'run' | 'verify'): Promise<string> {
  const promotionId = randomUUID();
  await cloud.pubsub.topic(topics.pinPromoted, { batching: { maxMessages: 1 } }).publishMessage({
    json: {
      runtime: layout.runtime,
      environmentTarUrl: formatGsUrl({ bucket: layout.buckets.environments, object: sample.object }),
      environmentTarDigest: sample.digest,
      promotionId,
      promotedBy: 'npm start',
      rollout: { launch },
    },
  });
  return promotionId;
}

/** While the fleet is frozen a promotion is recorded and assigned, and nothing is launched. */
export async function freeze(cloud: LocalCloud): Promise<void> {
  const since = new Date().toISOString();
  await control(cloud).create(names.freeze(layout.runtime), { formatVersion: FORMAT_VERSION, since, by: 'npm start' });
}

/** The same name, other bytes: what somebody with write access to the bucket could do after a promotion was checked. */
export async function tamper(cloud: LocalCloud, { bytes, object }: Sample): Promise<void> {
  const file = cloud.storage.bucket(layout.buckets.environments).file(object);
  const [{ generation }] = await file.getMetadata();
  const preconditionOpts = { ifGenerationMatch: String(generation) };
  await file.save(withFlippedByte(bytes), { resumable: false, preconditionOpts });
}

export async function unfreeze(cloud: LocalCloud): Promise<void> {
  const name = names.freeze(layout.runtime);
  const stored = await control(cloud).read(name);
  if (stored !== undefined) await control(cloud).delete(name, stored.generation);
  await cloud.pubsub.topic(topics.fleetRecheck).publishMessage({ json: { runtime: layout.runtime } });
}

function control(cloud: LocalCloud): JsonObjects {
  return new JsonObjects(cloud.storage, layout.buckets.control);
}
