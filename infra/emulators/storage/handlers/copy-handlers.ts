import { type ApiRequest, type ApiResponse, readJson, type Service } from '../call/exchange.ts';
import { checkPreconditions, parseCount, parsePreconditions } from '../model/preconditions.ts';
import type { ObjectSettings, StoredObject } from '../model/records.ts';
import { checkTarget, createVersion } from '../objects/create-version.ts';
import { requireSource } from '../objects/lookups.ts';
import { parseSettings } from '../objects/object-settings.ts';
import { objectResource } from '../objects/resources.ts';
import { checkObjectName } from '../values/object-names.ts';

/** `rewriteTo` always finishes in one call: the copy shares the bytes. */
export async function rewriteObject(ask: ApiRequest, service: Service): Promise<ApiResponse> {
  const object = await copy(ask, service);
  const size = String(object.blob.size);
  const resource = objectResource(object, ask.base);
  const answer = { kind: 'storage#rewriteResponse', totalBytesRewritten: size, objectSize: size, done: true, resource };
  return { status: 200, json: answer };
}

export async function copyObject(ask: ApiRequest, service: Service): Promise<ApiResponse> {
  return { status: 200, json: objectResource(await copy(ask, service), ask.base) };
}

async function copy(ask: ApiRequest, service: Service): Promise<StoredObject> {
  const resource = await readJson(ask.body);
  const { bucket, object: name, destinationBucket, destinationObject } = ask.route;
  const generation = parseCount(ask.query, 'sourceGeneration');
  const source = requireSource(service.state, ask.caller, { bucket, name, generation });
  checkPreconditions(parsePreconditions(ask.query, 'ifSource'), source, 'write');
  const target = {
    bucket: destinationBucket,
    name: checkObjectName(destinationObject),
    settings: settingsOfCopy(source, parseSettings(resource)),
    conditions: parsePreconditions(ask.query),
    caller: ask.caller,
  };
  checkTarget(service, target);
  const { hashes, componentCount } = source;
  const parts = componentCount === undefined ? {} : { componentCount };
  return createVersion(service, { ...target, ...parts, hashes, blob: service.blobs.link(source.blob) });
}

/** Settings in the request replace all of the source's; without any, the source's go along. The content type always does. */
function settingsOfCopy(source: StoredObject, given: ObjectSettings): ObjectSettings {
  const { storageClass, ...described } = given;
  const kept = Object.keys(described).length === 0 ? source.settings : {};
  const { contentType } = source.settings;
  return { ...(contentType && { contentType }), ...kept, ...described, ...(storageClass && { storageClass }) };
}
