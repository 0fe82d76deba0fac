import { type ApiRequest, type ApiResponse, readJson, type Service } from '../call/exchange.ts';
import { invalid, StorageError } from '../errors.ts';
import { EVENT_TYPES } from '../model/object-event.ts';
import { demandOwner } from '../model/permissions.ts';
import type { NotificationConfig } from '../model/records.ts';
import { requireBucket } from '../objects/lookups.ts';
import { notificationResource } from '../objects/resources.ts';

export async function insertNotification(ask: ApiRequest, service: Service): Promise<ApiResponse> {
  demandOwner(ask.caller, 'storage.buckets.update');
  const resource = await readJson(ask.body);
  const { notifications } = requireBucket(service.state, ask.route.bucket);
  const id = String(Math.max(0, ...[...notifications.keys()].map(Number)) + 1);
  const config = { id, bucket: ask.route.bucket, ...parseNotification(resource) };
  service.commit({ kind: 'notification', config });
  return { status: 200, json: notificationResource(config, ask.base) };
}

export function listNotifications(ask: ApiRequest, service: Service): ApiResponse {
  demandOwner(ask.caller, 'storage.buckets.get');
  const { notifications } = requireBucket(service.state, ask.route.bucket);
  const items = [...notifications.values()].map((config) => notificationResource(config, ask.base));
  return { status: 200, json: { kind: 'storage#notifications', ...(items.length > 0 && { items }) } };
}

export function getNotification(ask: ApiRequest, service: Service): ApiResponse {
  demandOwner(ask.caller, 'storage.buckets.get');
  return { status: 200, json: notificationResource(find(ask, service), ask.base) };
}

export function deleteNotification(ask: ApiRequest, service: Service): ApiResponse {
  demandOwner(ask.caller, 'storage.buckets.update');
  const { bucket, id } = find(ask, service);
  service.commit({ kind: 'notification-gone', bucket, id });
  return { status: 204 };
}

function find(ask: ApiRequest, service: Service): NotificationConfig {
  const { bucket, notification } = ask.route;
  const config = requireBucket(service.state, bucket).notifications.get(notification);
  if (!config) throw new StorageError(404, 'notFound', `No such notification: ${notification}`);
  return config;
}

function parseNotification(resource: Record<string, unknown>): Omit<NotificationConfig, 'id' | 'bucket'> {
  const { topic, payload_format, event_types, object_name_prefix, custom_attributes } = resource;
  const [, name] = /^(?:\/\/pubsub\.googleapis\.com\/)?(projects\/[^/]+\/topics\/[^/]+)$/.exec(String(topic)) ?? [];
  if (!name) throw invalid(`Invalid topic '${topic}': wanted //pubsub.googleapis.com/projects/P/topics/T.`);
  if (payload_format !== 'JSON_API_V1' && payload_format !== 'NONE') {
    throw invalid(`Invalid payload_format '${payload_format}': wanted JSON_API_V1 or NONE.`);
  }
  const eventTypes = Array.isArray(event_types) ? event_types.map(String) : [];
  const unknown = eventTypes.find((type) => !EVENT_TYPES.some((known) => known === type));
  if (unknown !== undefined) throw invalid(`Invalid event type '${unknown}': wanted one of ${EVENT_TYPES.join(', ')}.`);
  return {
    topic: name,
    payloadFormat: payload_format,
    eventTypes,
    objectNamePrefix: String(object_name_prefix ?? ''),
    customAttributes: (custom_attributes ?? {}) as Record<string, string>,
  };
}
