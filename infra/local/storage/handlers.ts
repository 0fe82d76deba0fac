import {
  deleteBucket,
  getBucket,
  getStorageLayout,
  insertBucket,
  listBuckets,
  patchBucket,
} from './bucket-handlers.ts';
import { composeObject } from './compose-handler.ts';
import { copyObject, rewriteObject } from './copy-handlers.ts';
import type { Ask, Reply, Service } from './exchange.ts';
import { listHandler } from './list-handler.ts';
import { deleteNotification, getNotification, insertNotification, listNotifications } from './notification-handlers.ts';
import { deleteObject, getObject, patchObject } from './object-handlers.ts';
import type { MethodName } from './routes.ts';
import { insertObject } from './upload-handlers.ts';
import { Uploads } from './uploads.ts';

export type Handler = (ask: Ask, service: Service) => Reply | Promise<Reply>;

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
