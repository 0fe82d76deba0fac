import type { BucketRecord, NotificationConfig, StoredObject } from '../model/records.ts';

type Resource = Record<string, unknown>;

/** The object resource of the JSON API. `base` is the endpoint through which the caller came. */
export function objectResource(object: StoredObject, base: string): Resource {
  const path = `/storage/v1/b/${object.bucket}/o/${encodeURIComponent(object.name)}`;
  const { metadata, ...settings } = object.settings;
  return {
    kind: 'storage#object',
    id: `${object.bucket}/${object.name}/${object.generation}`,
    selfLink: `${base}${path}`,
    mediaLink: `${base}/download${path}?generation=${object.generation}&alt=media`,
    name: object.name,
    bucket: object.bucket,
    generation: String(object.generation),
    metageneration: String(object.metageneration),
    storageClass: 'STANDARD',
    ...settings,
    size: String(object.blob.size),
    ...object.hashes,
    etag: etagOf(object),
    ...(metadata && { metadata }),
    ...(object.componentCount !== undefined && { componentCount: object.componentCount }),
    timeCreated: object.timeCreated,
    updated: object.updated,
    timeStorageClassUpdated: object.timeCreated,
    timeFinalized: object.timeCreated,
    ...(object.timeDeleted !== undefined && { timeDeleted: object.timeDeleted }),
  };
}

export function etagOf(object: StoredObject): string {
  return Buffer.from(`${object.generation}/${object.metageneration}`).toString('base64');
}

export function bucketResource(bucket: BucketRecord, base: string): Resource {
  return {
    kind: 'storage#bucket',
    id: bucket.name,
    selfLink: `${base}/storage/v1/b/${bucket.name}`,
    name: bucket.name,
    projectNumber: '0',
    location: 'US',
    locationType: 'multi-region',
    storageClass: 'STANDARD',
    iamConfiguration: { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention: 'enforced' },
    ...bucket.settings,
    metageneration: String(bucket.metageneration),
    etag: Buffer.from(String(bucket.metageneration)).toString('base64'),
    timeCreated: bucket.timeCreated,
    updated: bucket.updated,
  };
}

export function notificationResource(config: NotificationConfig, base: string): Resource {
  return {
    kind: 'storage#notification',
    id: config.id,
    selfLink: `${base}/storage/v1/b/${config.bucket}/notificationConfigs/${config.id}`,
    topic: `//pubsub.googleapis.com/${config.topic}`,
    payload_format: config.payloadFormat,
    ...(config.eventTypes.length > 0 && { event_types: config.eventTypes }),
    ...(config.objectNamePrefix && { object_name_prefix: config.objectNamePrefix }),
    custom_attributes: config.customAttributes,
    etag: config.id,
  };
}
