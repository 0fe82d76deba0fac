import { createHash, randomUUID } from 'node:crypto';
import { usageError } from '#functions/cli/errors.ts';
import { digestFile, readUnchanged } from '#functions/cli/file-digest.ts';
import { findArchiveError } from '#functions/cli/promotion/inspect-archive.ts';
import { topics } from '#functions/core/messages/topics.ts';
import { promotionFingerprint } from '#functions/core/promotion/decide.ts';
import { names } from '#functions/core/records/object-names.ts';
import { defaultRolloutPolicy } from '#functions/core/records/rollout-policy.ts';
import type { PublishedPromotion } from '#functions/core/status/promotion-progress.ts';
import { type Digest, digestOfHex } from '#functions/core/values/digest.ts';
import { formatGsUrl } from '#functions/core/values/gs-url.ts';
import { FORMAT_VERSION } from '#functions/core/values/schemas.ts';
import { storageEnvironmentUploads } from '#functions/google/storage/environment-uploads.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';
import type { LocalCloud } from '../cloud.ts';
import { layout } from '../layout.ts';
import { sampleEnvironment, withFlippedByte } from './sample-environment.ts';

export type Sample = {
  digest: Digest;
  /** Base64, as Cloud Storage has it. */
  md5: string;
  object: string;
  read: () => AsyncIterable<Buffer>;
};

/** Reads the tar to promote: the given file, or a new release of the sample. @throws CliError if it is not an archive. */
export async function readSample(environment: string | null): Promise<Sample> {
  if (environment === null) return sampleOf(sampleEnvironment(new Date().toISOString()));
  const digest = await digestFile(environment);
  const refusal = await findArchiveError(environment);
  if (refusal !== undefined) throw usageError(`${environment}: ${refusal}`);
  const object = `${layout.runtime}/${digest.digest.slice('sha256:'.length)}.tar`;
  return { digest: digest.digest, md5: digest.md5, object, read: () => readUnchanged(environment, digest) };
}

/** A second environment with constant bytes, so that the README can name its digest. */
export function nextSample(): Sample {
  return { ...sampleOf(sampleEnvironment('next')), object: `${layout.runtime}/next.tar` };
}

function sampleOf(bytes: Buffer): Sample {
  const hex = createHash('sha256').update(bytes).digest('hex');
  const md5 = createHash('md5').update(bytes).digest('base64');
  const read = async function* () {
    yield bytes;
  };
  return { digest: digestOfHex(hex), md5, object: `${layout.runtime}/${hex}.tar`, read };
}

/** Uploads the tar. An existing object of this name is accepted, because the preflight hashes it. */
export async function uploadSample({ storage }: LocalCloud, { object, md5, read }: Sample): Promise<void> {
  const location = { bucket: layout.buckets.environments, object };
  await storageEnvironmentUploads(storage).create({ location, contentType: 'application/x-tar', md5, read });
}

/** Publishes the promote event. */
export async function publishSample(
  cloud: LocalCloud,
  sample: Sample,
  launch: 'run' | 'verify',
): Promise<PublishedPromotion> {
  const promotionId = randomUUID();
  const event = {
    runtime: layout.runtime,
    environmentTarUrl: formatGsUrl({ bucket: layout.buckets.environments, object: sample.object }),
    environmentTarDigest: sample.digest,
    rollout: { launch },
  };
  const messageId = await cloud.pubsub
    .topic(topics.pinPromoted, { batching: { maxMessages: 1 } })
    .publishMessage({ json: { ...event, promotionId, promotedBy: 'npm start' } });
  const content = promotionFingerprint({ ...event, rollout: { ...defaultRolloutPolicy, launch } });
  return { runtime: layout.runtime, promotionId, messageId, content };
}

/** Freezes the fleet: promotions are recorded and assigned, but launches wait. */
export async function freeze(cloud: LocalCloud): Promise<void> {
  const since = new Date().toISOString();
  await control(cloud).create(names.freeze(layout.runtime), { formatVersion: FORMAT_VERSION, since, by: 'npm start' });
}

/** Attack: replaces the bytes of the object, as a writer of the bucket could after the promotion was checked. */
export async function tamper(cloud: LocalCloud, { object }: Sample): Promise<void> {
  const file = cloud.storage.bucket(layout.buckets.environments).file(object);
  const [{ generation }] = await file.getMetadata();
  const [bytes] = await file.download();
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
