import { type ApiRequest, type ApiResponse, readJson, type Service } from '../call/exchange.ts';
import type { StoredObject } from '../model/records.ts';
import { requireVersion } from '../objects/lookups.ts';
import { mediaReply } from '../objects/media.ts';
import { patchSettings } from '../objects/object-settings.ts';
import { objectResource } from '../objects/resources.ts';

export function getObject(ask: ApiRequest, service: Service): ApiResponse {
  const { object } = requireVersion(ask, service, 'storage.objects.get', 'read');
  if (ask.media || ask.query.get('alt') === 'media') return mediaReply(ask, service, object);
  return { status: 200, json: objectResource(object, ask.base) };
}

export async function patchObject(ask: ApiRequest, service: Service): Promise<ApiResponse> {
  const patch = await readJson(ask.body);
  const { object } = requireVersion(ask, service, 'storage.objects.update', 'write');
  const now = service.now();
  const revised: StoredObject = {
    ...object,
    settings: patchSettings(object.settings, patch),
    metageneration: object.metageneration + 1,
    updated: now.toISOString(),
  };
  service.writeRate(`${object.bucket}/${object.name}`, now);
  service.commit({ kind: 'revised', object: revised });
  service.notify({ type: 'OBJECT_METADATA_UPDATE', object: revised, time: now });
  return { status: 200, json: objectResource(revised, ask.base) };
}

/** In a versioned bucket the live version becomes noncurrent, unless its generation is named: then it goes for good. */
export function deleteObject(ask: ApiRequest, service: Service): ApiResponse {
  const { bucket, object } = requireVersion(ask, service, 'storage.objects.delete', 'write');
  const now = service.now();
  const { bucket: bucketName, name, generation } = object;
  service.writeRate(`${bucketName}/${name}`, now);
  const archives = bucket.record.settings.versioning?.enabled && !ask.query.get('generation');
  service.commit(
    archives
      ? { kind: 'archived', bucket: bucketName, name, timeDeleted: now.toISOString() }
      : { kind: 'removed', bucket: bucketName, name, generation },
  );
  service.notify({ type: archives ? 'OBJECT_ARCHIVE' : 'OBJECT_DELETE', object, time: now });
  return { status: 204 };
}
