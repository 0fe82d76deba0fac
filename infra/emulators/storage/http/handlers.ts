import type { ApiRequest, ApiResponse, Service } from '../call/exchange.ts';
import type { MethodName } from '../call/routes.ts';
import {
  deleteBucket,
  getBucket,
  getStorageLayout,
  insertBucket,
  listBuckets,
  patchBucket,
} from '../handlers/bucket-handlers.ts';
import { composeObject } from '../handlers/compose-handler.ts';
import { copyObject, rewriteObject } from '../handlers/copy-handlers.ts';
import { listHandler } from '../handlers/list-handler.ts';
import {
  deleteNotification,
  getNotification,
  insertNotification,
  listNotifications,
} from '../handlers/notification-handlers.ts';
import { deleteObject, getObject, patchObject } from '../handlers/object-handlers.ts';
import { insertObject } from '../uploads/upload-handlers.ts';
import { Uploads } from '../uploads/uploads.ts';

export type Handler = (ask: ApiRequest, service: Service) => ApiResponse | Promise<ApiResponse>;

/** One handler for every method that is routed. */
export function handlersOf(service: Service): Record<MethodName, Handler> {
  const uploads = new Uploads(service);
  return {
    'buckets.list': listBuckets,
    'buckets.insert': insertBucket,
    'buckets.get': getBucket,
    'buckets.getStorageLayout': getStorageLayout,
    'buckets.patch': patchBucket,
    'buckets.delete': deleteBucket,
    'objects.insert': (ask) => insertObject(ask, service, uploads),
    'objects.list': listHandler,
    'objects.get': getObject,
    'objects.patch': patchObject,
    'objects.delete': deleteObject,
    'objects.compose': composeObject,
    'objects.rewrite': rewriteObject,
    'objects.copy': copyObject,
    'notifications.list': listNotifications,
    'notifications.insert': insertNotification,
    'notifications.get': getNotification,
    'notifications.delete': deleteNotification,
  };
}
