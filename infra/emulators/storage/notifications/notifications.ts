import type { ObjectEvent } from '../model/object-event.ts';
import type { NotificationConfig } from '../model/records.ts';
import { objectResource } from '../objects/resources.ts';

/** A Pub/Sub message as its REST call takes it; `data` is base64. */
export type Message = { attributes: Record<string, string>; data?: string };

export function concerns(config: NotificationConfig, event: ObjectEvent): boolean {
  const { eventTypes, objectNamePrefix } = config;
  return (eventTypes.length === 0 || eventTypes.includes(event.type)) && event.object.name.startsWith(objectNamePrefix);
}

/** The message that Cloud Storage publishes (cloud.google.com/storage/docs/pubsub-notifications). */
export function messageOf(config: NotificationConfig, event: ObjectEvent, base: string): Message {
  const { object } = event;
  const attributes: Record<string, string> = {
    ...config.customAttributes,
    notificationConfig: `projects/_/buckets/${config.bucket}/notificationConfigs/${config.id}`,
    eventType: event.type,
    payloadFormat: config.payloadFormat,
    bucketId: object.bucket,
    objectId: object.name,
    objectGeneration: String(object.generation),
    eventTime: event.time.toISOString(),
  };
  const { overwroteGeneration, overwrittenByGeneration } = event;
  if (overwroteGeneration !== undefined) attributes.overwroteGeneration = String(overwroteGeneration);
  if (overwrittenByGeneration !== undefined) attributes.overwrittenByGeneration = String(overwrittenByGeneration);
  if (config.payloadFormat === 'NONE') return { attributes };
  return { attributes, data: Buffer.from(JSON.stringify(objectResource(object, base))).toString('base64') };
}
