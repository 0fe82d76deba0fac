import { type ApiRequest, type ApiResponse, parseJsonObject, type Service } from '../call/exchange.ts';
import { invalid, required } from '../errors.ts';
import { parsePreconditions } from '../model/preconditions.ts';
import { checkTarget, createVersion } from '../objects/create-version.ts';
import { parseSettings } from '../objects/object-settings.ts';
import { objectResource } from '../objects/resources.ts';
import { parseBoundary, readRelated } from './multipart.ts';
import { startSession } from './start-session.ts';
import { storeBody } from './store-body.ts';
import { expectedHashes, uploadName } from './upload-name.ts';
import type { Uploads } from './uploads.ts';

/** `POST /upload/…/o`: by `uploadType` a media, multipart or resumable upload; with `upload_id` a step of a resumable one. */
export async function insertObject(ask: ApiRequest, service: Service, uploads: Uploads): Promise<ApiResponse> {
  const id = ask.query.get('upload_id');
  if (id !== null) return uploads.step(ask, id);
  const type = ask.query.get('uploadType');
  if (ask.verb !== 'POST') throw required('Required parameter: upload_id');
  if (type === 'media') return insertMedia(ask, service);
  if (type === 'multipart') return insertMultipart(ask, service);
  if (type === 'resumable') return startSession(ask, service);
  throw invalid(`Invalid uploadType '${type ?? ''}': wanted media, multipart or resumable.`, 'uploadType');
}

async function insertMedia(ask: ApiRequest, service: Service): Promise<ApiResponse> {
  const contentEncoding = ask.query.get('contentEncoding') ?? undefined;
  const settings = parseSettings({ contentType: ask.headers['content-type'] ?? DEFAULT_TYPE, contentEncoding });
  return store(ask, service, { resource: {}, settings, media: ask.body });
}

async function insertMultipart(ask: ApiRequest, service: Service): Promise<ApiResponse> {
  const related = await readRelated(ask.body, parseBoundary(ask.headers['content-type']));
  const resource = parseJsonObject(related.metadata);
  const contentEncoding = ask.query.get('contentEncoding') ?? undefined;
  const settings = parseSettings({
    contentType: related.contentType ?? DEFAULT_TYPE,
    contentEncoding,
    ...definedOf(resource),
  });
  return store(ask, service, { resource, settings, media: related.media });
}

const DEFAULT_TYPE = 'application/octet-stream';

function definedOf(resource: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(resource).filter(([, value]) => value !== null && value !== undefined));
}

type Upload = {
  resource: Record<string, unknown>;
  settings: ReturnType<typeof parseSettings>;
  media: AsyncIterable<Buffer>;
};

async function store(ask: ApiRequest, service: Service, { resource, settings, media }: Upload): Promise<ApiResponse> {
  const conditions = parsePreconditions(ask.query);
  const target = { bucket: ask.route.bucket, name: uploadName(ask, resource), conditions, caller: ask.caller };
  checkTarget(service, target);
  const taken = await storeBody(service.blobs, media, () => expectedHashes(ask, resource));
  const object = createVersion(service, { ...target, settings, ...taken });
  return { status: 200, json: objectResource(object, ask.base) };
}
