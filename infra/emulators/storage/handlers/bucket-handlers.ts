import { type ApiRequest, type ApiResponse, readJson, type Service } from '../call/exchange.ts';
import { conflict, invalid, notServed } from '../errors.ts';
import { demandOwner } from '../model/permissions.ts';
import { checkPreconditions, parsePreconditions } from '../model/preconditions.ts';
import type { BucketRecord } from '../model/records.ts';
import { requireBucket } from '../objects/lookups.ts';
import { bucketResource } from '../objects/resources.ts';
import { checkBucketName, compareNames } from '../values/object-names.ts';
import { formatPageToken, parsePageToken } from '../values/page-token.ts';
import { parsePageSize } from './list-handler.ts';

/** Given back as set by the caller; what the server itself knows of a bucket cannot be set. */
const OUTPUT_ONLY = ['kind', 'id', 'name', 'selfLink', 'metageneration', 'etag', 'timeCreated', 'updated'];

export async function insertBucket(ask: ApiRequest, service: Service): Promise<ApiResponse> {
  demandOwner(ask.caller, 'storage.buckets.create');
  const resource = await readJson(ask.body);
  const name = checkBucketName(String(resource.name ?? ''));
  if (service.state.buckets.has(name)) {
    throw conflict('Your previous request to create the named bucket succeeded and you already own it.');
  }
  const time = service.now().toISOString();
  const project = ask.query.get('project') ?? '';
  const settings = patchBucketSettings({}, resource);
  const bucket: BucketRecord = { name, project, metageneration: 1, timeCreated: time, updated: time, settings };
  service.commit({ kind: 'bucket', bucket });
  return { status: 200, json: bucketResource(bucket, ask.base) };
}

export function getBucket(ask: ApiRequest, service: Service): ApiResponse {
  demandOwner(ask.caller, 'storage.buckets.get');
  const { record } = requireBucket(service.state, ask.route.bucket);
  checkPreconditions(parsePreconditions(ask.query), { generation: 0, metageneration: record.metageneration }, 'read');
  return { status: 200, json: bucketResource(record, ask.base) };
}

/** What gcloud asks before it deletes recursively: whether folders are things of their own. Here they are parts of names. */
export function getStorageLayout(ask: ApiRequest, service: Service): ApiResponse {
  demandOwner(ask.caller, 'storage.buckets.get');
  const { name } = requireBucket(service.state, ask.route.bucket).record;
  const layout = {
    bucket: name,
    location: 'US',
    locationType: 'multi-region',
    hierarchicalNamespace: { enabled: false },
  };
  return { status: 200, json: { kind: 'storage#storageLayout', ...layout } };
}

export async function patchBucket(ask: ApiRequest, service: Service): Promise<ApiResponse> {
  demandOwner(ask.caller, 'storage.buckets.update');
  const patch = await readJson(ask.body);
  const { record } = requireBucket(service.state, ask.route.bucket);
  checkPreconditions(parsePreconditions(ask.query), { generation: 0, metageneration: record.metageneration }, 'write');
  const bucket = {
    ...record,
    settings: patchBucketSettings(record.settings, patch),
    metageneration: record.metageneration + 1,
    updated: service.now().toISOString(),
  };
  service.commit({ kind: 'bucket', bucket });
  return { status: 200, json: bucketResource(bucket, ask.base) };
}

export function deleteBucket(ask: ApiRequest, service: Service): ApiResponse {
  demandOwner(ask.caller, 'storage.buckets.delete');
  const bucket = requireBucket(service.state, ask.route.bucket);
  const { metageneration } = bucket.record;
  checkPreconditions(parsePreconditions(ask.query), { generation: 0, metageneration }, 'write');
  if (bucket.names.size > 0) throw conflict('The bucket you tried to delete is not empty.');
  service.commit({ kind: 'bucket-gone', name: bucket.record.name });
  return { status: 204 };
}

/** All buckets of the server: it has one owner, so `project` does not divide them. */
export function listBuckets(ask: ApiRequest, service: Service): ApiResponse {
  demandOwner(ask.caller, 'storage.buckets.list');
  const token = ask.query.get('pageToken');
  const after = token ? parsePageToken(token) : undefined;
  if (after?.prefix !== undefined) throw invalid(`Invalid page token: '${token}'`, 'pageToken');
  const prefix = ask.query.get('prefix') ?? '';
  const names = [...service.state.buckets.keys()].filter((name) => name.startsWith(prefix)).sort(compareNames);
  const rest = after ? names.filter((name) => compareNames(name, after.name) > 0) : names;
  const page = rest.slice(0, parsePageSize(ask.query));
  const last = page.at(-1);
  const more =
    rest.length > page.length && last !== undefined ? { nextPageToken: formatPageToken({ name: last }) } : {};
  const items = page.map((name) => bucketResource(requireBucket(service.state, name).record, ask.base));
  return { status: 200, json: { kind: 'storage#buckets', ...more, items } };
}

/** Settings that this server obeys, or that have no effect on one loopback server with one owner. */
const SERVED = ['versioning', 'labels', 'location', 'locationType', 'storageClass', 'iamConfiguration'];

/** @throws StorageError 501 for a setting that would silently do nothing, as a retention policy or a lifecycle rule */
function patchBucketSettings(settings: BucketRecord['settings'], patch: Record<string, unknown>) {
  const next: BucketRecord['settings'] = { ...settings };
  for (const [key, value] of Object.entries(patch)) {
    if (OUTPUT_ONLY.includes(key)) continue;
    if (value === null) delete next[key];
    else if (SERVED.includes(key)) next[key] = value;
    else throw notServed('buckets', key, `the bucket field '${key}'`);
  }
  return next;
}
